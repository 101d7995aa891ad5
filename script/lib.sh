# shellcheck shell=bash
# What the commands of this folder share. Each sources it first: it goes to the root of the
# project, sets the paths and defines functions; it installs and starts nothing by itself.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$ROOT"
SYSTEM_PATH=$PATH
export PATH="$ROOT/.venv/bin:$PATH"
export UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1

# Two checkouts on one machine never meet: each has clusters of its own, told apart by this.
CHECKOUT=$(printf %s "$ROOT" | sha256sum | cut -c1-10)
LOCAL=$ROOT/.local
if [ "$(id -u)" = 0 ]; then
  # PostgreSQL refuses to run as root, and its own user cannot look into /root or a private home.
  STATE=/var/lib/tirnod/$CHECKOUT
  SOCKETS=$STATE
else
  STATE=$LOCAL
  # A socket's path may have 107 bytes and no more, so it does not stand in the checkout.
  SOCKETS=${TMPDIR:-/tmp}/tirnod-$(id -u)-$CHECKOUT
fi

say() { printf '%s\n' "$*" >&2; }
fail() { printf '\n%s\n' "$*" >&2; exit 1; }

# Print the lines of the calling script that begin with "#: ", where --help is asked for.
help_if_asked() {
  local argument
  for argument in "$@"; do
    case $argument in
      -h | --help) sed -n 's/^#:\( \|$\)//p' "$0"; exit 0 ;;
      --) return ;;
    esac
  done
}

# Hold the lock that lets one run at a time change what is installed; others wait their turn.
lock_setup() {
  mkdir -p "$LOCAL"
  exec 9>>"$LOCAL/setup.lock"
  flock -n 9 || { say "Waiting for another run to finish its set-up..."; flock 9; }
}
unlock_setup() { exec 9>&-; }

fingerprint() { cat "$@" | sha256sum | cut -c1-16; }

# shellcheck source=script/lib/system.sh
. "$ROOT/script/lib/system.sh"
# shellcheck source=script/lib/packages.sh
. "$ROOT/script/lib/packages.sh"
# shellcheck source=script/lib/database.sh
. "$ROOT/script/lib/database.sh"
# shellcheck source=script/lib/site.sh
. "$ROOT/script/lib/site.sh"
