#!/usr/bin/env bash
# Runs fuzzers that are built, one after the other, and prints what came of it as a table. Part of `make fuzz`:
#   scripts/fuzz.sh RUNS SECONDS NAME...
# Either number may be empty. Fails when something was found.
set -euo pipefail
runs=$1
seconds=$2
shift 2

figure() { # figure LABEL LOG: the last number behind the label
  sed -nE "s/.*$1[: ]+([0-9]+).*/\1/p" "$2" | tail -n 1
}

mkdir -p "$FUZZ_OUT/found"
table="target executions per_second edges features findings"
found=0
for name in "$@"; do
  grown=$FUZZ_OUT/corpus/$name
  seeds=fuzz/corpus/$name
  log=$FUZZ_OUT/$name.log
  mkdir -p "$grown" "$seeds"
  options=(-print_final_stats=1 -timeout=20 -rss_limit_mb=2048 "-artifact_prefix=$FUZZ_OUT/found/$name-")
  [ -z "$runs" ] || options+=("-runs=$runs")
  [ -z "$seconds" ] || options+=("-max_total_time=$seconds")
  [ ! -e "fuzz/$name.dict" ] || options+=("-dict=fuzz/$name.dict")
  findings=0
  "$FUZZ_OUT/fuzz_$name" "${options[@]}" "$grown" "$seeds" >"$log" 2>&1 || findings=1
  if [ $findings -gt 0 ]; then
    found=1
    tail -n 40 "$log"
    echo "$name: FAILED, see $log"
  fi
  executions=$(figure 'stat::number_of_executed_units' "$log")
  speed=$(figure 'stat::average_exec_per_sec' "$log")
  # What stopped early has not counted: its last line of progress says where it was.
  executions=${executions:-$(sed -nE 's/^#([0-9]+)\t.*/\1/p' "$log" | tail -n 1)}
  table+=$'\n'"$name ${executions:--} ${speed:--} $(figure ' cov' "$log") $(figure ' ft' "$log") $findings"
done
awk '{ printf "%-14s %12s %12s %8s %10s %9s\n", $1, $2, $3, $4, $5, $6 }' <<<"$table"
exit $found
