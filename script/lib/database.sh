# shellcheck shell=bash
# Private PostgreSQL clusters with PostGIS, for the demo, the tests and the drills. They speak
# through a socket in a private folder and never over the network, and no other cluster of the
# machine is looked at. What the tests and benches leave can be thrown away; the rest is kept safe with fsync.

STEADY="-c listen_addresses='' -c max_connections=300 -c shared_buffers=256MB -c jit=off \
-c max_parallel_workers_per_gather=0 -c timezone=UTC"
CARELESS="-c fsync=off -c synchronous_commit=off -c full_page_writes=off"

# Make the private cluster $1 ("demo" or "test") run, and keep it until the last command that
# holds it has ended.
hold_cluster() {
  local name=$1
  PG_BIN=$(find_postgis "$(cat "$STATE/$name/data/PG_VERSION" 2>/dev/null || true)") ||
    fail "The database in $STATE/$name was made by another version of PostgreSQL than those here.
Install that version, or move the folder away to begin anew."
  make_folders "$name"
  # Shared among those who use the cluster: whoever can have it alone is the last.
  exec 8>>"$STATE/$name.users"
  flock -s 8
  exec 7>>"$STATE/$name.lock"
  flock 7
  answers "$name" || start_cluster "$name"
  exec 7>&-
  HELD=$name
}

# Leave the cluster; stop it when nobody else holds it and nobody asked for it to stay.
release_cluster() {
  [ -n "${HELD:-}" ] || return 0
  if flock -n -x 8 && [ ! -e "$STATE/$HELD.stay" ]; then
    as_owner pg_ctl -D "$STATE/$HELD/data" -m fast -w stop >/dev/null 2>&1 || true
  fi
  exec 8>&-
  HELD=
}

make_folders() {
  mkdir -p "$STATE"
  if [ "$(id -u)" = 0 ]; then
    id postgres >/dev/null 2>&1 || fail "PostgreSQL does not run as root, and there is no user postgres."
    install -d -m 700 -o postgres -g postgres "$STATE/$1" "$SOCKETS/$1"
  else
    mkdir -p -m 700 "$STATE/$1" "$SOCKETS" "$SOCKETS/$1"
    # /tmp is everybody's: take no folder that another user has laid out for us.
    [ -O "$SOCKETS" ] && [ "$(stat -c %a "$SOCKETS")" = 700 ] ||
      fail "$SOCKETS is not a private folder of yours. Remove it, then run this again."
  fi
}

answers() { as_owner pg_isready -q -h "$SOCKETS/$1"; }

start_cluster() {
  local name=$1 data=$STATE/$1/data options="$STEADY -c unix_socket_directories='$SOCKETS/$1'"
  case $name in demo | drill) ;; *) options+=" $CARELESS" ;; esac
  # The server may live on without its socket, when a cleaner has swept /tmp.
  as_owner pg_ctl -D "$data" -m fast -w stop >/dev/null 2>&1 || true
  for attempt in first second; do
    [ -e "$data/PG_VERSION" ] || make_cluster "$name"
    as_owner pg_ctl -D "$data" -l "$STATE/$name/log" -w -o "$options" start >/dev/null 2>&1 && break
    # Only what the tests leave may be thrown away: it is not kept safe when a machine goes down.
    [ "$name$attempt" = testfirst ] ||
      fail "The private database did not start. Its log is $STATE/$name/log."
    rm -rf "$data"
  done
  as_owner psql -qX -h "$SOCKETS/$name" -U tirnod -d postgres -v ON_ERROR_STOP=1 <<'SQL'
select 'create database tirnod' where not exists
  (select from pg_database where datname = 'tirnod') \gexec
SQL
}

# An interrupted initdb leaves nothing that looks like a database.
make_cluster() {
  say "Making a private database in $STATE/$1..."
  rm -rf "$STATE/$1/new" "$STATE/$1/data"
  # Everybody who can reach the socket may come in: its folder is the lock.
  as_owner initdb -D "$STATE/$1/new" --username=tirnod --auth=trust --encoding=UTF8 \
    --locale=C.UTF-8 >"$LOCAL/initdb.log" 2>&1 ||
    fail "No private database could be made: $(tail -n 3 "$LOCAL/initdb.log")"
  mv "$STATE/$1/new" "$STATE/$1/data"
}

# Run a program of PostgreSQL as the user who owns the cluster; from /, which everybody may enter.
as_owner() {
  local program=$PG_BIN/$1 become=()
  shift
  [ "$(id -u)" != 0 ] || become=(setpriv --reuid=postgres --regid=postgres --init-groups)
  case $PG_BIN in
    "$SYSTEM"/*) become+=(env "PROJ_DATA=$SYSTEM/usr/share/proj") ;;
  esac
  # The server must not inherit the locks, or they would be held for as long as it runs.
  (cd / && "${become[@]}" "$program" "$@" 7>&- 8>&- 9>&-)
}

database_url() { printf 'postgresql+psycopg://tirnod@/tirnod?host=%s' "$SOCKETS/$1"; }

# Export DATABASE_URL, of the private demo cluster unless one is given already.
use_database() {
  [ -z "${DATABASE_URL:-}" ] || return 0
  hold_cluster demo
  DATABASE_URL=$(database_url demo)
  export DATABASE_URL
}

# Export TEST_DATABASE_URL: a database from which the tests make databases of their own.
use_test_database() {
  TEST_DATABASE_URL=${TEST_DATABASE_URL:-${DATABASE_URL:-}}
  if [ -z "$TEST_DATABASE_URL" ]; then
    hold_cluster test
    TEST_DATABASE_URL=$(database_url test)
  fi
  export TEST_DATABASE_URL
}
