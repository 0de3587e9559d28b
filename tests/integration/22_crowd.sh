#!/usr/bin/env bash
# A thousand clients and one broadcast.
. "$(dirname "$0")/../support/lib.sh"

for n in $(seq 1 1000); do echo "u$n pw"; done >credentials.txt
start_server

it "takes a thousand logins, and a broadcast reaches each of them once"
wait_until 20000 grep -q 'imported 1000' server.log
"$CROWD" "$PORT" broadcast 1000 >crowd.txt 2>crowd.err || fail "$(<crowd.err)"

it "leaves nothing behind when they are gone"
connect u1
nobody() {
  ask u1 ping
  expect u1 '"command":"ping"'
  descriptors
  [ "$DESCRIPTORS" -lt 40 ]
}
wait_until 5000 nobody
