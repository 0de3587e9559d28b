#!/usr/bin/env bash
# A reader that does not read: bounded, dropped, and its messages wait; nobody else notices.
. "$(dirname "$0")/../support/lib.sh"

start_server --limit send_stall_seconds=1 --limit message_rate=0
printf -v long '%15000s' ''
long=${long// /x}
login hans
login yoda
connect luke --rcvbuf 2048
ok luke hello ack
ok luke login luke lightsaber
send luke stop
# The caches of the store fill with whatever is said first; what is judged is the reader.
for n in $(seq 1 200); do
  send hans "{\"command\":\"message\",\"data\":[\"yoda\",\"$n $long\"],\"id\":$n}"
  expect hans "\"id\":$n,"
  expect yoda "\"data\":[\"hans\",\"$n x"
done
memory
before=$MEMORY

it "answers the senders and serves the others meanwhile"
slowest=0
for n in $(seq 1 200); do
  send hans "{\"command\":\"message\",\"data\":[\"luke\",\"$n $long\"],\"id\":$n}"
  expect hans "\"id\":$n,"
  now
  began=$NOW
  ok hans message yoda "$n"
  expect yoda "\"data\":[\"hans\",\"$n\"]"
  now
  [ $((NOW - began)) -le "$slowest" ] || slowest=$((NOW - began))
  watch_memory
done
[ "$slowest" -lt 500 ] || fail "a message to somebody else took $slowest ms"

it "keeps no more for the stalled reader than its queue may hold"
memory_bounded "$before" 2048 "3 MB of messages for one reader"

it "drops the reader that makes no progress"
is_dropped() {
  ok hans whoelse
  has_text '"data":["yoda"]'
}
wait_until 5000 is_dropped

it "has every message at the next login, in order"
{
  echo '{"command":"hello","data":["ack"]}'
  echo '{"command":"login","data":["luke","lightsaber"]}'
  echo 'expect "data":["hans","200 x 20000'
} | "$WIRECAT" 127.0.0.1 "$PORT" --linger 0 >again.txt
grep -o '"data":\["hans","[0-9]* x' again.txt | grep -o '[0-9]*' >order
seq 1 200 | cmp - order

it "stops reading from who does not read the answers"
memory
before=$MEMORY
for _ in $(seq 1 2000); do echo '{"command":"ping","id":"0123456789012345678901234567890123456789012345678901234567890123"}'; done >pings
requests() { # without an end
  echo '{"command":"login","data":["leia","blasterpistol"]}'
  echo 'expect "command":"login"'
  echo stop
  while cat pings 2>/dev/null; do :; done
}
(apart "$WIRECAT" 127.0.0.1 "$PORT" --rcvbuf 2048) < <(requests) >/dev/null 2>&1 &
flooder=$!
stalled() { ok hans whoelse && ! has_text leia; }
wait_until 5000 eval 'ok hans whoelse; has_text leia'
MEMORY_MOST=0
watch() {
  watch_memory
  stalled
}
wait_until 10000 watch
memory_bounded "$before" 4096 "answers that nobody reads"
kill -KILL $flooder 2>/dev/null || true
