#!/usr/bin/env bash
# Replays the seeds, and what `make fuzz` has added to them, through targets that count the lines they reach. Part of
# `make fuzz-coverage`: scripts/fuzz_coverage.sh NAME...
set -euo pipefail

profiles=()
objects=()
for name in "$@"; do
  places=("fuzz/corpus/$name")
  [ ! -d "$FUZZ_OUT/corpus/$name" ] || places+=("$FUZZ_OUT/corpus/$name")
  LLVM_PROFILE_FILE=$FUZZ_COVERED/$name.profraw "$FUZZ_COVERED/replay_$name" "${places[@]}"
  profiles+=("$FUZZ_COVERED/$name.profraw")
  objects+=(-object "$FUZZ_COVERED/replay_$name")
done
llvm-profdata-16 merge -sparse "${profiles[@]}" -o "$FUZZ_COVERED/all.profdata"
# The first object goes without its word.
llvm-cov-16 report "${objects[@]:1}" "-instr-profile=$FUZZ_COVERED/all.profdata" -show-region-summary=false \
  -show-branch-summary=false -ignore-filename-regex='^(?!.*(src|include)/)|/usr/|(^|/)(tests|fuzz|third_party)/'
