#!/bin/sh
# Measures the server against the floor: a relay that only moves bytes and, where messages are stored, bare SQLite.
#
#   OUT=build/release scripts/bench.sh [WORKLOADS] [RUNS] [SECONDS]
#
# WORKLOADS are some of ping,durable,fanout,pipeline,idle. Within a workload the contenders take turns, RUNS times, so that a
# busy moment of the machine hits them alike. Each run has a fresh server on core 0 and the load on core 1, and prints
# one line of JSON; the table at the end has the medians, with the smallest and the largest.
set -eu

: "${OUT:=build/release}"
workloads=$(echo "${1:-ping,durable,fanout,pipeline,idle}" | tr ',' ' ')
runs=${2:-3}
seconds=${3:-4}
users=10000
patience=30 # seconds for a server to start or to stop

# On a disk, not in memory: half of what is measured is its syncs.
scratch=$(mktemp -d "$OUT/bench.XXXXXX")
server=
stop() {
  [ -n "$server" ] || return 0
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=
}
trap 'stop; rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
results=$scratch/results

# The first two cores that we may use: one for the server, one for the load. With one alone they share it.
cores=$(awk '/^Cpus_allowed_list/ {
  count = split($2, ranges, ",")
  for (at = 1; at <= count; ++at) {
    last = split(ranges[at], range, "-")
    for (core = range[1] + 0; core <= range[last] + 0; ++core) print core
  }
}' /proc/self/status | head -n 2)
server_core=$(echo "$cores" | head -n 1)
load_core=$(echo "$cores" | tail -n 1)

await_port() {
  waited=0
  while [ ! -s "$scratch/port" ]; do
    waited=$((waited + 1))
    if [ $waited -gt $((patience * 20)) ] || ! kill -0 "$server" 2>/dev/null; then
      echo "bench: the server did not start:" >&2
      cat "$scratch/log" >&2
      exit 1
    fi
    sleep 0.05
  done
}

# start relay | start sockchat OPTION...
start() {
  contender=$1
  shift
  rm -f "$scratch/port"
  case $contender in
    relay) set -- "$OUT/bench/relay" "$scratch/port" ;;
    sockchat)
      set -- "$OUT/sockchat-server" 0 60 86400 --bind 127.0.0.1 --port-file "$scratch/port" --log-level warn \
        --hash-memory 8 --hash-iterations 1 \
        --limit message_rate=0 --limit broadcast_rate=0 --limit query_rate=0 "$@"
      ;;
  esac
  taskset -c "$server_core" "$@" >"$scratch/log" 2>&1 &
  server=$!
  await_port
}

# The accounts of all SQLite runs, made once; every run gets a copy of its own. A server makes them far sooner than
# `account import`, which waits for the disk at each one.
make_accounts() {
  [ ! -d "$scratch/accounts" ] || return 0
  (umask 077; seq -f 'u%05g benchmark' 0 $((users - 1)) >"$scratch/credentials"; : >"$scratch/nobody")
  start sockchat --data "$scratch/accounts" --credentials "$scratch/credentials"
  waited=0
  while [ "$("$OUT/sockchat-server" account list --data "$scratch/accounts" | wc -l)" -lt $users ]; do
    waited=$((waited + 1))
    [ $waited -le $((patience * 4)) ] || { echo "bench: the accounts were not made" >&2; exit 1; }
    sleep 0.25
  done
  stop
}

# run WORKLOAD CONTENDER
run() {
  rm -rf "$scratch/data"
  case $1,$2 in
    *,relay) start relay ;;
    *,bare_sqlite | *,commit) mkdir "$scratch/data" ;;
    ping,sockchat)
      (umask 077; printf 'u0000%d benchmark\n' 0 1 >"$scratch/pair")
      start sockchat --store memory --credentials "$scratch/pair"
      ;;
    *,sockchat | *,sockchat_tls)
      make_accounts
      cp -a "$scratch/accounts" "$scratch/data"
      start sockchat --data "$scratch/data" --credentials "$scratch/nobody"
      ;;
  esac
  case $2 in
    bare_sqlite | commit)
      : >"$scratch/log"
      set -- taskset -c "$server_core" "$OUT/bench/bare_sqlite" "$1" "$scratch/data" "$seconds"
      ;;
    *) set -- taskset -c "$load_core" "$OUT/bench/load" "$2" "$1" "$(cat "$scratch/port")" "$server" "$seconds" ;;
  esac
  if ! "$@" >"$scratch/line"; then
    echo "bench: a run failed; the server's log:" >&2
    tail -n 20 "$scratch/log" >&2
    exit 1
  fi
  tee -a "$results" <"$scratch/line"
  stop
}

for workload in $workloads; do
  case $workload in
    ping) contenders='relay sockchat' ;;
    fanout | idle) contenders='relay sockchat sockchat_tls' ;;
    durable) contenders='relay sockchat commit' ;;
    pipeline) contenders='relay sockchat bare_sqlite' ;;
    *) echo "bench: no workload '$workload': ping, durable, fanout, pipeline, idle" >&2; exit 2 ;;
  esac
  for _ in $(seq "$runs"); do
    for contender in $contenders; do run "$workload" "$contender"; done
  done
done

echo
awk -f scripts/bench_table.awk "$results"
