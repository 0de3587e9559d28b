#!/usr/bin/env bash
# SIGTERM under load: everybody is told, nothing acknowledged is lost, exit 0.
. "$(dirname "$0")/../support/lib.sh"

USERS=10
for n in $(seq 1 $USERS); do echo "u$n pw"; done >credentials.txt
echo "sink pw" >>credentials.txt
start_server --limit message_rate=0 --limit mailbox_messages=1000000 --limit mailbox_bytes=1GiB
acked() { [ "$(grep -c '^acked' round.txt)" -ge "$1" ]; }

it "stops in order within five seconds, ten times under load"
: >acked.txt
for round in $(seq 1 10); do
  : >round.txt
  (apart "$CROWD" "$PORT" load $USERS 100000 "r$round") >round.txt 2>load.err &
  LOAD=$!
  wait_until 10000 acked $((20 + RANDOM % 200))
  now
  began=$NOW
  kill -TERM "$SERVER_PID"
  server_ends 0
  now
  [ $((NOW - began)) -lt 5000 ] || fail "it took $((NOW - began)) ms"
  wait $LOAD || fail "$(<load.err)"
  told=$(grep -c '^told' round.txt)
  [ "$told" -eq $USERS ] || fail "$told of $USERS were told"
  grep '^acked' round.txt | cut -d ' ' -f 2 >>acked.txt
  launch_server
done

it "has kept everything that it acknowledged, once"
kept_once acked.txt

it "tells the client, which looks for the server until it is ended"
client u1
types u1 u1
types u1 pw
sees u1 "Welcome to the greatest messaging application ever!"
kill -INT "$SERVER_PID"
server_ends 0
sees u1 "You have been logged out: the server is shutting down"
sees_next u1 "Connection lost. Reconnecting…"
kill -INT "${PEER[u1]}"
ends u1 0
