#!/usr/bin/env bash
# Who does nothing is logged out: not early, at most a second late.
. "$(dirname "$0")/../support/lib.sh"

TIMEOUT=2
start_server
# busy NAME JSON: sends it every 300 ms, four times.
busy() {
  local n
  for n in 1 2 3 4; do
    send "$1" "$2"
    expect "$1" '"status":'
    expect_silence "$1" 300
  done
}
# out NAME SINCE: logged out for inactivity, counted from then.
out() {
  expect "$1" '{"command":"logout","data":["timeout"]}'
  now
  local took=$((NOW - $2))
  expect_closed "$1"
  [ "$took" -ge 1950 ] || fail "$1 was logged out after $took ms"
  [ "$took" -le 3000 ] || fail "$1 was logged out only after $took ms"
}

it "logs a silent user out after the timeout, and tells the others"
login yoda
now
began=$NOW
login hans
ask yoda whoelse
expect yoda '"command":"whoelse"'
now
later=$NOW
expect hans '{"command":"logout","data":["timeout"]}'
expect yoda '"data":["hans","offline"]'
now
[ $((NOW - began)) -ge 1950 ] || fail "after $((NOW - began)) ms"
out yoda "$later"

it "takes ping, pong, ack, unknown and malformed commands for no activity"
login leia
now
began=$NOW
busy leia '{"command":"ping"}'
send leia '{"command":"pong"}'
send leia '{"command":"dance"}'
send leia '{"command":"message","data":["luke"]}'
send leia '{"command":7}'
out leia "$began"

it "takes a command that ends in an error for activity, and nothing received"
login luke
login vader
now
began=$NOW
busy luke '{"command":"message","data":["jabba","hello"]}'
ok luke message vader "are you there?"
now
active=$NOW
expect vader '"data":["luke","are you there?"]'
out vader "$began"
out luke "$active"

it "ends the client of somebody idle with exit code 0"
client_login chewy
sees chewy "You have been logged out due to inactivity" 4000
ends chewy 0
