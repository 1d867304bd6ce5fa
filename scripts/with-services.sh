#!/usr/bin/env bash
# Runs a command with a throw-away PostgreSQL and Redis beside it, and ends both
# afterwards. Installs them (and, with --browser, Chromium and fonts) from
# Debian's packages when they are missing and that is allowed; otherwise the
# command runs on what is there and one line says what was not covered.
set -u

packages=()
missing_postgres() { ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && ! command -v initdb >/dev/null; }
missing_postgres && packages+=(postgresql)
command -v redis-server >/dev/null || packages+=(redis-server)
if [ "${1:-}" = "--browser" ]; then
  shift
  command -v chromium >/dev/null || packages+=(chromium fonts-noto-cjk)
fi
if [ ${#packages[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing ${packages[*]}"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get -qq update && apt-get -qq install -y --no-install-recommends "${packages[@]}"; } >/dev/null 2>&1 ||
    echo "not covered: could not install ${packages[*]}"
fi

work=$(mktemp -d)
chmod 755 "$work"
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; done
  [ -n "${postgres_bin:-}" ] && as_postgres "$postgres_bin/pg_ctl" -D "$work/pg" -m immediate stop >/dev/null 2>&1
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# PostgreSQL refuses to run as root: an unprivileged user owns it then.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then (cd / && setpriv --reuid="$user" --regid="$group" --clear-groups "$@"); else "$@"; fi
}
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' 2>/dev/null ||
    perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1)->sockport'
}

if missing_postgres; then
  echo "not covered: PostgreSQL is not installed; the suite runs on SQLite alone"
else
  postgres_bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
  [ -n "$postgres_bin" ] || postgres_bin=$(dirname "$(command -v initdb)")
  user=nobody && id postgres >/dev/null 2>&1 && user=postgres
  group=$(id -gn "$user")
  mkdir "$work/pg" && [ "$(id -u)" = 0 ] && chown "$user" "$work/pg"
  port=$(free_port)
  if as_postgres "$postgres_bin/initdb" -D "$work/pg" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$work/initdb.log" 2>&1 &&
    as_postgres "$postgres_bin/pg_ctl" -D "$work/pg" -w -l "$work/pg/log" -o "-p $port -k $work/pg -c listen_addresses=127.0.0.1 -c max_connections=400 ${POSTGRES_TEST_OPTIONS:--c fsync=off -c synchronous_commit=off -c full_page_writes=off}" start >"$work/start.log" 2>&1; then
    export HONGYUN_TEST_POSTGRES="postgres://postgres@127.0.0.1:$port/postgres?sslmode=disable"
  else
    echo "not covered: PostgreSQL did not start"
    cat "$work/initdb.log" "$work/start.log" 2>/dev/null | tail -3
  fi
fi

if command -v redis-server >/dev/null; then
  port=$(free_port)
  redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --dir "$work" >"$work/redis.log" 2>&1 &
  pids+=($!)
  export HONGYUN_TEST_REDIS="redis://127.0.0.1:$port/0"
else
  echo "not covered: Redis is not installed; the suite runs on the in-process Redis alone"
fi

"$@"
