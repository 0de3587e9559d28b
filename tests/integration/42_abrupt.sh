#!/usr/bin/env bash
# Ends without a word: ten thousand connections that are reset while they are answered, and a server that aborts.
. "$(dirname "$0")/../support/lib.sh"

USERS=6
for n in $(seq 1 $USERS); do echo "u$n pw"; done >>credentials.txt
echo "sink pw" >>credentials.txt
start_server --limit message_rate=0

it "survives ten thousand resets in the middle of its answers, and forgets them"
login yoda
ok yoda whoelse
descriptors
before=$DESCRIPTORS
"$CROWD" "$PORT" abrupt 10000 >abrupt.out 2>abrupt.err || fail "$(<abrupt.err)"
forgotten() {
  ok yoda ping
  descriptors
  [ "$DESCRIPTORS" -le $((before + 8)) ] # what the store opens later is no connection
}
wait_until 5000 forgotten

it "serves again within a second of an abort, and has lost nothing"
acked() { [ "$(grep -c '^acked' load.out)" -ge 300 ]; }
least=999999
: >acked.txt
for round in 1 2 3; do
  : >load.out
  (apart "$CROWD" "$PORT" load $USERS 100000 "r$round") >load.out 2>load.err &
  load=$!
  wait_until 10000 acked
  kill -ABRT "$SERVER_PID"
  server_ends 134 2>/dev/null # the shell tells of it, too
  wait $load || fail "$(<load.err)"
  now
  began=$NOW
  launch_server
  connect u1
  ok u1 ping
  now
  # The least of three: what else the machine does is not the server's.
  [ $((NOW - began)) -ge $least ] || least=$((NOW - began))
  hang_up u1
  grep '^acked' load.out | cut -d ' ' -f 2 >>acked.txt
done
[ $least -le 1000 ] || fail "it took $least ms"
kept_once acked.txt
