#!/usr/bin/env bash
# Confirmed messages: what is not acknowledged comes again.
. "$(dirname "$0")/../support/lib.sh"

start_server
careful() { # careful NAME: logs in with the feature `ack`
  connect "$1"
  ok "$1" hello ack presence
  ok "$1" login "$1" "$(password_of "$1")"
}
mid_of() { MID=${LINE##*\"mid\":\"} && MID=${MID%%\"*}; }
login hans

it "delivers again at the next login what was not acknowledged, as stored"
careful yoda
ok hans message yoda one
expect yoda '"data":["hans","one"]'
mid_of
one=$MID
ok hans message yoda two
expect yoda '"data":["hans","two"]'
mid_of
two=$MID
hang_up yoda
expect hans '["yoda","offline"]'
careful yoda
expect yoda '"data":["hans","one"],"mid":"'"$one"
has_text '"stored":true' || fail "$LINE"
expect_next yoda '"data":["hans","two"],"mid":"'"$two"

it "forgets what was acknowledged"
send yoda "{\"command\":\"ack\",\"data\":[\"$one\"],\"id\":1}"
expect_next yoda '{"status":"ok","command":"ack","id":1,"data":[]}'
hang_up yoda
careful yoda
expect_next yoda '"data":["hans","two"]'

it "is silent about an ack without an id"
send yoda "{\"command\":\"ack\",\"data\":[\"$two\"]}"
expect_silence yoda 100
hang_up yoda
careful yoda
expect_silence yoda 100

it "says when somebody acknowledges what was never delivered"
refused yoda bad_argument ack 999999
refused yoda bad_argument ack soon
send yoda "{\"command\":\"ack\",\"data\":[\"$one\"]}"
expect_silence yoda 100

it "keeps the position over a kill"
ok hans message yoda three
expect yoda '"data":["hans","three"]'
mid_of
send yoda "{\"command\":\"ack\",\"data\":[\"$MID\"],\"id\":2}"
expect_next yoda '"id":2'
ok hans message yoda four
kill_server
launch_server
hang_up hans
hang_up yoda
careful yoda
expect_next yoda '"data":["hans","four"]'
login hans

it "holds back what goes beyond the unconfirmed, until it is confirmed"
stop_server
hang_up hans
hang_up yoda
start_server --limit unconfirmed_max=3
login hans
careful yoda
expect_next yoda '"data":["hans","four"]'
for n in 1 2 3 4; do ok hans message yoda "more $n"; done
expect_next yoda '"data":["hans","more 1"]'
expect_next yoda '"data":["hans","more 2"]'
mid_of
expect_silence yoda 100
send yoda "{\"command\":\"ack\",\"data\":[\"$MID\"]}"
expect_next yoda '"data":["hans","more 3"]'
expect_next yoda '"data":["hans","more 4"]'

it "counts a message as confirmed when a client without the feature got it"
login luke
ok hans message luke hello
expect luke '"data":["hans","hello"]'
hang_up luke
expect hans '["luke","offline"]'
login luke
has_text '"waiting":0' || fail "$LINE"
expect_silence luke 100
