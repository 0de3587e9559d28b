#!/usr/bin/env bash
# Killed twenty times under load: what was acknowledged is there, once.
. "$(dirname "$0")/../support/lib.sh"

USERS=6
for n in $(seq 1 $USERS); do echo "u$n pw"; done >credentials.txt
echo "sink pw" >>credentials.txt
start_server --limit message_rate=0 --limit mailbox_messages=1000000 --limit mailbox_bytes=1GiB
: >acked.txt
: >open.txt
acked() { [ "$(grep -c '^acked' "round.txt")" -ge "$1" ] || is_gone "$LOAD"; }
collect() {
  grep '^acked' round.txt | cut -d ' ' -f 2 >>acked.txt || true
  grep '^open' round.txt >open.txt || true
}

it "starts again after each of twenty kills"
for round in $(seq 1 20); do
  : >round.txt
  (apart "$CROWD" "$PORT" load $USERS 100000 "r$round" open.txt) >round.txt 2>load.err &
  LOAD=$!
  wait_until 10000 acked $((50 + RANDOM % 400))
  kill_server
  wait $LOAD || fail "$(<load.err)"
  collect
  launch_server
done

it "takes what was left open again, with the same cid"
"$CROWD" "$PORT" load $USERS 1 last open.txt >round.txt
collect
[ ! -s open.txt ] || fail "still open: $(<open.txt)"

it "has lost nothing that it acknowledged, and doubled nothing"
{
  echo '{"command":"hello","data":["ack"]}'
  echo '{"command":"login","data":["sink","pw"]}'
  echo 'expect "command":"login"'
} | "$WIRECAT" 127.0.0.1 "$PORT" --linger 0 >sink.txt
waiting=$(grep -o '"waiting":[0-9]*' sink.txt | cut -d : -f 2)
{
  echo '{"command":"login","data":["sink","pw"]}'
  echo 'expect -last- 20000'
} | "$WIRECAT" 127.0.0.1 "$PORT" --linger 500 >sink.txt
grep -o '"data":\["u[0-9]*","[^"]*"\]' sink.txt | cut -d '"' -f 6 | sort >got.txt
sort acked.txt >want.txt
[ -z "$(uniq -d want.txt)" ] || fail "acknowledged twice: $(uniq -d want.txt | head -n 3)"
[ -z "$(uniq -d got.txt)" ] || fail "delivered twice: $(uniq -d got.txt | head -n 3)"
missing=$(comm -23 want.txt got.txt | wc -l)
[ "$missing" -eq 0 ] || fail "$missing of $(wc -l <want.txt) are missing: $(comm -23 want.txt got.txt | head -n 3)"
[ "$(wc -l <got.txt)" -eq "$waiting" ] || fail "$(wc -l <got.txt) came of $waiting"
[ "$(wc -l <want.txt)" -ge 1000 ] || fail "too little load: $(wc -l <want.txt) messages"

it "kept each sender's order"
grep -o '"data":\["u1","u1-r[0-9]*-[0-9]*"\]' sink.txt | cut -d '"' -f 6 | tr -d 'ur' | tr - ' ' >order.txt
sort -s -n -k 2 -k 3 order.txt | cmp - order.txt
