#!/usr/bin/env bash
# The long campaigns, in slices of at most ten minutes; each slice shows its progress, and `N passed, N failed` is the
# last line.
#
#   scripts/release_check.sh crash|syncs|sweep|damage...       MAKE=make
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

seconds_each=600
output=$(mktemp)
trap 'rm -f "$output"' EXIT
passed=0
failed=0

# slice TARGET [VARIABLE=VALUE...]: a failure as a whole (it took too long, it crashed) counts as one.
slice() {
  local status=0 good=0 bad=0
  printf '\n--- %s (%s)\n' "$*" "$(date +%T)"
  timeout --kill-after=10 "$seconds_each" ${MAKE:-make} --no-print-directory "$@" 2>&1 | tee "$output" || status=1
  read -r good bad < <(awk '
    /^[a-z ]+: [0-9]+ passed, [0-9]+ failed$/ { sub(/^[^:]*: /, ""); good += $1; bad += $3 }
    END { print good + 0, bad + 0 }
  ' "$output")
  [ "$bad" -gt 0 ] || { [ "$status" -eq 0 ] && [ "$good" -gt 0 ]; } || bad=1
  passed=$((passed + good))
  failed=$((failed + bad))
}

system_calls=read,read-interrupted,write,write-full,write-interrupted,accept,accept-broken,epoll,epoll-interrupted
rare_calls=sync,sync-full,open,truncate,map,thread,password-memory
for campaign in "$@"; do
  case $campaign in
    crash) for _ in 1 2 3 4 5 6 7 8 9 10; do slice crash ROUNDS=500; done ;;
    syncs) for part in 1/2 2/2; do slice syncs SWEEP_PART=$part; done ;;
    sweep)
      slice sweep KINDS=$rare_calls
      for part in 1/2 2/2; do slice sweep KINDS=$system_calls SWEEP_PART=$part; done
      for part in 1/8 2/8 3/8 4/8 5/8 6/8 7/8 8/8; do slice sweep KINDS=memory SWEEP_PART=$part; done
      for part in 1/4 2/4 3/4 4/4; do slice sweep KINDS=database-memory SWEEP_PART=$part; done
      ;;
    damage) for _ in 1 2; do slice damage DAMAGES=5000; done ;;
    *) echo "there is no campaign '$campaign'" && exit 2 ;;
  esac
done

printf '\n%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
