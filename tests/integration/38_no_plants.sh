#!/usr/bin/env bash
# The faults that the history checker is proven with are in no program but the one that is built for that.
. "$(dirname "$0")/../support/lib.sh"

# What the planted server has, by which it would be known: the switch, and a statement of one of its faults.
TRACES=("SOCKCHAT_PLANT" "SET cid = NULL" "careless_dedupe")

it "has no trace of a planted fault in the programs"
for program in "$SERVER" "$CLIENT"; do
  for trace in "${TRACES[@]}"; do
    ! grep -q -a -F "$trace" "$program" || fail "$program knows of $trace"
  done
  # The search itself finds what is there.
  grep -q -a -F "sockchat" "$program" || fail "$program cannot be searched"
done

it "takes no notice of the switch"
export SOCKCHAT_PLANT=no_such_fault
start_server
login hans
login yoda
ok hans message yoda still
expect yoda '"data":["hans","still"]'
stop_server
