#!/usr/bin/env bash
# No descriptors left: who is there goes on, who comes waits.
. "$(dirname "$0")/../support/lib.sh"

if [[ $OUT == *asan ]]; then
  it "serves without descriptors"
  skip "the sanitizer needs descriptors of its own to look at memory"
  exit 0
fi

start_server
login hans
login yoda
descriptors
tight=$((DESCRIPTORS + 10))

it "keeps serving the connections that it has"
prlimit --pid "$SERVER_PID" --nofile="$tight:"
"$CROWD" "$PORT" ping 200 >crowd.txt 2>crowd.err &
crowd=$!
full() {
  descriptors
  [ "$DESCRIPTORS" -ge $((tight - 1)) ]
}
wait_until 5000 full
for n in $(seq 1 50); do
  now
  began=$NOW
  ok hans message yoda "$n"
  expect yoda "\"data\":[\"hans\",\"$n\"]"
  now
  [ $((NOW - began)) -lt 500 ] || fail "a message took $((NOW - began)) ms"
done

it "does not spin meanwhile"
ticks() { awk '{ print $14 + $15 }' "/proc/$SERVER_PID/stat"; }
before=$(ticks)
expect_silence yoda 1000
used=$(($(ticks) - before))
[ "$used" -le 30 ] || fail "$used hundredths of a second of processor time in one second"

it "says so in the log, and not in every line of it"
lines=$(grep -c 'could not be taken' server.log)
[ "$lines" -ge 1 ] && [ "$lines" -le 5 ] || fail "$lines lines"

it "takes the waiting ones within a second, when there are descriptors again"
prlimit --pid "$SERVER_PID" --nofile="2000:"
now
began=$NOW
wait_until 3000 is_gone $crowd
wait $crowd || fail "$(<crowd.err)"
now
[ $((NOW - began)) -lt 2000 ] || fail "after $((NOW - began)) ms"
