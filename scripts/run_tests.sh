#!/usr/bin/env bash
# Runs test suites, each a target of the Makefile, and sums up what they say: `N passed, N failed` is the last line.
#
#   scripts/run_tests.sh SUITE... [VARIABLE=VALUE...]       MAKE=make
#
# A suite that fails without a failed test (it does not build, it crashed) counts as one failure; so does one that
# passes without a single test.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

output=$(mktemp)
trap 'rm -f "$output"' EXIT
passed=0
failed=0

# Doctest: "[doctest] test cases:  12 |  12 passed | 0 failed | 0 skipped"; a corpus: "replay_NAME: 12 inputs", which
# counts as one; the others: "12 passed, 0 failed", perhaps with a name in front.
tally() {
  awk '
    /^\[doctest\] test cases:/ { gsub(/[^0-9 ]/, ""); good += $2; bad += $3 }
    /^replay_[a-z_]+: [0-9]+ inputs$/ { ++good }
    /^[a-z_]+: FAILED$/ { ++bad }
    /^([a-z -]+: )?[0-9]+ passed, [0-9]+ failed$/ { sub(/^[^:]*: /, ""); good += $1; bad += $3 }
    END { print good + 0, bad + 0 }
  ' "$output"
}

suites=()
variables=()
for argument in "$@"; do
  case $argument in
    *=*) variables+=("$argument") ;;
    *) suites+=("$argument") ;;
  esac
done

for suite in "${suites[@]}"; do
  echo "--- $suite"
  status=0
  ${MAKE:-make} --no-print-directory "$suite" "${variables[@]}" 2>&1 | tee "$output" || status=1
  read -r good bad < <(tally)
  if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$good" -eq 0 ]; }; then
    echo "$suite: failed as a whole"
    bad=1
  fi
  passed=$((passed + good))
  failed=$((failed + bad))
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
