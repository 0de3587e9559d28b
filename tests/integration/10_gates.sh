#!/usr/bin/env bash
# What is checked first, and the order of the answers.
. "$(dirname "$0")/../support/lib.sh"

start_server
login yoda

it "checks the request, the command, the access and the arguments, in this order"
connect hans
send hans '{"command":"message","data":[7],"id":1}'
expect_next hans '"id":1,"code":"bad_request"'
send hans '{"command":"dance","data":["a","b"],"id":2}'
expect_next hans '{"status":"error","command":"dance","id":2,"code":"unknown_command"'
send hans '{"command":"message","data":[],"id":3}'
expect_next hans '"id":3,"code":"not_logged_in"'
send hans '{"command":"login","data":["hans"],"id":4}'
expect_next hans '"id":4,"code":"bad_argument"'
ok hans login hans falcon
send hans '{"command":"login","data":[],"id":5}'
expect_next hans '"id":5,"code":"already_logged_in"'
send hans '{"command":"message","data":["yoda"],"id":6}'
expect_next hans '"id":6,"code":"bad_argument"'

it "then looks at the text, at oneself, at the user, and at the block"
ok yoda block hans
send hans '{"command":"message","data":["hans","\u0007"]}'
expect_next hans '"code":"bad_text"'
send hans '{"command":"message","data":["jabba","\u0007"]}'
expect_next hans '"code":"bad_text"'
refused hans self message hans hello
refused hans unknown_user message jabba hello
refused hans blocked message yoda hello

it "reads no command out of what is no request"
for junk in '[]' '7' 'hello' '{"command":"ping"} {}' '{"command":"ping","from":"yoda"}' \
  '{"command":"ping","command":"logout"}' '{"command":"ping","id":-1}' '{"command":"ping","cid":"c"}' \
  '{"command":"message","data":["yoda",["deep"]]}'; do
  send hans "frame $junk"
  expect_next hans '"code":"bad_request"'
  ok hans ping
done
send hans '{"command":7}'
expect_next hans '{"status":"error","command":"","code":"bad_request"'

it "closes after three such errors in a row"
connect luke
for _ in 1 2 3; do send luke '{'; done
for _ in 1 2 3; do expect_next luke '"code":"bad_request"'; done
expect_closed luke

it "takes hello once, and first"
connect leia
send leia '{"command":"hello","data":["ack","presence","telepathy"],"id":"h"}'
expect_next leia '{"status":"ok","command":"hello","id":"h","data":["sockchat","1","ack","presence"],"limits":{'
refused leia bad_request hello
connect vader
ok vader ping
refused vader bad_request hello

it "leaves out the presence events that a hello did not ask for"
connect chewy
ok chewy hello ack
ok chewy login chewy wookie
login r2d2
ok r2d2 message chewy beep
expect_next chewy '"data":["r2d2","beep"]'

it "answers pipelined requests in their order, behind the login that they wait for"
{
  echo '{"command":"login","data":["obiwan","jedimaster"],"id":"l"}'
  for n in $(seq 1 100); do
    echo "{\"command\":\"message\",\"data\":[\"c3p0\",\"$n\"],\"id\":$((4 * n))}"
    echo "{\"command\":\"whoelsesince\",\"data\":[\"x\"],\"id\":$((4 * n + 1))}"
    echo "{\"command\":\"ping\",\"id\":$((4 * n + 2))}"
    echo "{\"command\":\"dance\",\"id\":$((4 * n + 3))}"
  done
  echo 'expect "id":403'
} | "$WIRECAT" 127.0.0.1 "$PORT" --linger 0 | grep -oE '"id":[0-9]+' | cut -d : -f 2 >order
seq 4 403 | cmp - order

it "delivers them in the same order"
login c3p0
has_text '"waiting":100' || fail "$LINE"
for n in $(seq 1 100); do expect_next c3p0 "\"data\":[\"obiwan\",\"$n\"]"; done

it "delays who is too fast, and refuses nothing"
stop_server
start_server --limit message_rate=20 --limit message_burst=5
{
  echo '{"command":"login","data":["hans","falcon"]}'
  for n in $(seq 1 15); do echo "{\"command\":\"message\",\"data\":[\"luke\",\"$n\"],\"id\":$n}"; done
  echo 'expect "id":15'
} >steps
now
began=$NOW
"$WIRECAT" 127.0.0.1 "$PORT" --linger 0 <steps >answers
now
[ "$(grep -c '"status":"ok","command":"message"' answers)" -eq 15 ] || fail "$(<answers)"
[ $((NOW - began)) -ge 400 ] || fail "ten over the burst, at 20 a second, in $((NOW - began)) ms"
