# shellcheck shell=bash
# The site itself: its secrets, its tables, its assets, its server and its worker.

# Install and build everything that the site (or, with "dev", the tests) needs.
ensure_setup() {
  lock_setup
  ensure_system
  ensure_python "$1"
  ensure_node "$1"
  python build >&2 || fail "The assets could not be built."
  ensure_postgis
  unlock_setup
}

# Export the settings of a site on this machine. Its secrets are drawn once, and are never committed.
use_settings() {
  export PORT=${PORT:-8000}
  export PUBLIC_URL=${PUBLIC_URL:-http://127.0.0.1:$PORT}
  mkdir -p "$STATE"
  if ! grep -qs '^DEMO_EQUALITY_SECRET=' "$STATE/secrets"; then
    (umask 077 && python - "$STATE/secrets" >"$STATE/secrets.new" <<'PYTHON'
import sys
from base64 import urlsafe_b64encode
from os import urandom
from pathlib import Path

drawn = Path(sys.argv[1])
kept = drawn.read_text() if drawn.exists() else ""
print(kept, end="")
for name in ("DEMO_SECRET_KEY", "DEMO_KEYS_SECRET", "DEMO_CONCERNS_SECRET", "DEMO_EQUALITY_SECRET"):
    if f"{name}=" not in kept:
        print(f"{name}={urlsafe_b64encode(urandom(32)).decode()}")
PYTHON
    )
    mv "$STATE/secrets.new" "$STATE/secrets"
  fi
  # shellcheck disable=SC1091
  . "$STATE/secrets"
  # Whoever sets KEYS_SECRET and no other has concerns that it locked: those stay readable.
  export CONCERNS_SECRET=${CONCERNS_SECRET:-${KEYS_SECRET:-$DEMO_CONCERNS_SECRET}}
  export EQUALITY_SECRET=${EQUALITY_SECRET:-$DEMO_EQUALITY_SECRET}
  # What learners bring lies beside the database.
  export EVIDENCE_DIR=${EVIDENCE_DIR:-$STATE/evidence}
  export SECRET_KEY=${SECRET_KEY:-$DEMO_SECRET_KEY} KEYS_SECRET=${KEYS_SECRET:-$DEMO_KEYS_SECRET}
}

migrate() { alembic -q upgrade head || fail "The database could not be brought up to date."; }

# Stop with a clear sentence when another program has the port.
ensure_port_is_free() {
  if (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; then
    fail "Port $PORT is in use. Stop what runs there, or choose another: PORT=8001 $0"
  fi
}

# What opens the issuers' keys is the worker's alone.
start_server() {
  env -u KEYS_SECRET python serve.py "$@" 7>&- 8>&- 9>&- &
  SERVER=$!
}

start_worker() {
  flask --app wsgi work "$@" 7>&- 8>&- 9>&- &
  WORKER=$!
}

wait_for_server() {
  local tries=0
  until python - "$PORT" <<'PYTHON' 2>/dev/null
import sys
import urllib.request

urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/livez", timeout=5)
PYTHON
  do
    kill -0 "$SERVER" 2>/dev/null || fail "The server did not start."
    [ $((tries += 1)) -lt 120 ] || fail "The server does not answer."
    sleep 0.25
  done
}

stop_everything() {
  trap - EXIT INT TERM
  for program in ${WORKER:-} ${SERVER:-}; do
    kill -TERM "$program" 2>/dev/null || true
    wait "$program" 2>/dev/null || true
  done
  release_cluster
}

# Whatever ends this command, nothing that it started stays behind.
stop_at_exit() {
  trap stop_everything EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}
