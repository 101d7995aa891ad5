# shellcheck shell=bash
# What comes from PyPI and npm, pinned with hashes: .venv/ and node_modules/. Each is stamped with
# the pins it was made from, so that a second run has nothing to do.

# Make .venv hold the pinned Python packages; $1 is "dev" or "base".
ensure_python() {
  local wanted=$1 pins stamp=.venv/.stamp
  pins=$(fingerprint requirements.txt requirements-dev.txt)
  # The tests' packages include the others.
  if .venv/bin/python -c '' 2>/dev/null &&
    grep -qsx -e "$wanted $pins" -e "dev $pins" "$stamp"; then return; fi

  make_venv
  local file=requirements.txt
  [ "$wanted" = base ] || file=requirements-dev.txt
  say "Installing the Python packages of $file..."
  hand_on_pip_settings
  if ensure_uv; then
    # Several indexes count as one: the hashes say which file is meant, wherever it comes from.
    UV_INDEX_STRATEGY=unsafe-best-match uv pip install -q --python .venv --require-hashes -r "$file"
  else
    .venv/bin/python -m pip install -q --require-hashes -r "$file"
  fi || fail "The Python packages could not be installed. Is the package index within reach?"
  printf '%s %s\n' "$wanted" "$pins" >"$stamp"
}

make_venv() {
  .venv/bin/python -c '' 2>/dev/null && return
  local python wheel
  python=$(find_python) || fail "Python 3.11 or later is missing."
  rm -rf .venv
  case $python in
    "$SYSTEM"/*)
      # Debian's ensurepip looks for pip in the system's own folder, where it is not.
      "$python" -m venv --without-pip .venv
      for wheel in "$SYSTEM"/usr/share/python-wheels/pip-*.whl; do
        PYTHONPATH=$wheel .venv/bin/python -m pip install -q --no-index --no-deps "$wheel"
      done
      ;;
    *) "$python" -m venv .venv ;;
  esac || fail "No virtual environment could be made with $python."
}

# uv installs in seconds what takes pip a minute; it comes from the same pins.
ensure_uv() {
  [ ! -x .venv/bin/uv ] || return 0
  sed -n '/^uv==/,/[^\\]$/p' requirements.txt >.venv/uv.txt
  .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r .venv/uv.txt
}

# Where pip was told to look for packages, uv looks too.
hand_on_pip_settings() {
  local settings
  settings=$(.venv/bin/python -m pip config list 2>/dev/null || true)
  pip_setting() {
    sed -n "s/^\(:env:\|install\|global\)\.$1='\(.*\)'\$/\2/p" <<<"$settings" | head -n 1 |
      sed 's/\\n/ /g; s/^ *//; s/  */ /g'
  }
  hand_on() { [ -z "$2" ] || [ -n "${!1:-}" ] || export "$1=$2"; }
  hand_on UV_DEFAULT_INDEX "$(pip_setting index-url)"
  hand_on UV_INDEX "$(pip_setting extra-index-url)"
  hand_on UV_FIND_LINKS "$(pip_setting find-links | tr ' ' ,)"
  hand_on UV_INSECURE_HOST "$(pip_setting trusted-host)"
  hand_on SSL_CERT_FILE "$(pip_setting cert)"
  hand_on NODE_EXTRA_CA_CERTS "${SSL_CERT_FILE:-}"
}

# Make node_modules hold the pinned npm packages, with the Node that came from PyPI.
ensure_node() {
  local wanted=$1 pins stamp=node_modules/.stamp omit=(--omit=optional)
  pins=$(fingerprint package-lock.json .npmrc)
  if grep -qsx -e "$wanted $pins" -e "dev $pins" "$stamp"; then return; fi

  [ "$wanted" = dev ] || omit+=(--omit=dev)
  say "Installing the npm packages..."
  hand_on_pip_settings
  npm ci --no-progress --loglevel=error "${omit[@]}" >/dev/null ||
    fail "The npm packages could not be installed. Is the npm registry within reach?"
  printf '%s %s\n' "$wanted" "$pins" >"$stamp"
}
