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
: >load.out
(apart "$CROWD" "$PORT" load $USERS 100000 a) >load.out 2>load.err &
load=$!
acked() { [ "$(grep -c '^acked' load.out)" -ge 300 ]; }
wait_until 10000 acked
kill -ABRT "$SERVER_PID"
server_ends 134 2>/dev/null # the shell tells of it, too
wait $load || fail "$(<load.err)"
now
began=$NOW
launch_server
connect u1
ok u1 login u1 pw
now
[ $((NOW - began)) -le 1000 ] || fail "it took $((NOW - began)) ms"
grep '^acked' load.out | cut -d ' ' -f 2 | sort >want.txt
hang_up u1
"$CROWD" "$PORT" load 1 1 last >/dev/null
{
  echo '{"command":"login","data":["sink","pw"]}'
  echo 'expect -last- 20000'
} | "$WIRECAT" 127.0.0.1 "$PORT" --linger 200 >sink.txt
grep -o '"data":\["u[0-9]*","[^"]*"\]' sink.txt | cut -d '"' -f 6 | sort >got.txt
[ -z "$(uniq -d got.txt)" ] || fail "delivered twice: $(uniq -d got.txt | head -n 3)"
missing=$(comm -23 want.txt got.txt | wc -l)
[ "$missing" -eq 0 ] || fail "$missing of $(wc -l <want.txt) are missing"
