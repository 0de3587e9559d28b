#!/usr/bin/env bash
# A message that is sent again is the same message.
. "$(dirname "$0")/../support/lib.sh"

start_server
mid_of() { MID=${LINE##*\"data\":[\"} && MID=${MID%%\"*}; }
login hans
login yoda

it "answers a repeat with the first mid, and delivers once"
send hans '{"command":"message","data":["yoda","once"],"id":1,"cid":"a-1"}'
expect hans '"id":1,'
mid_of
first=$MID
for n in 2 3 4; do
  send hans "{\"command\":\"message\",\"data\":[\"yoda\",\"once\"],\"id\":$n,\"cid\":\"a-1\"}"
  expect hans "\"id\":$n,\"data\":[\"$first\"]"
done
expect yoda '"data":["hans","once"]'
expect_silence yoda 100

it "refuses the cid for another text, another user, and a broadcast"
send hans '{"command":"message","data":["yoda","twice"],"cid":"a-1"}'
expect_next hans '"code":"cid_reused"'
send hans '{"command":"message","data":["luke","once"],"cid":"a-1"}'
expect_next hans '"code":"cid_reused"'
send hans '{"command":"broadcast","data":["once"],"cid":"a-1"}'
expect_next hans '"code":"cid_reused"'
expect_silence yoda 100

it "keeps the cids of two senders apart"
send yoda '{"command":"message","data":["hans","mine"],"cid":"a-1"}'
expect hans '"data":["yoda","mine"]'

it "does so for broadcasts"
send hans '{"command":"broadcast","data":["hear"],"cid":"b-1"}'
expect hans '"command":"broadcast","data":["'
mid_of
send hans '{"command":"broadcast","data":["hear"],"cid":"b-1"}'
expect_next hans "\"data\":[\"$MID\"]"
expect yoda '"data":["hans","hear"]'
expect_silence yoda 100

it "answers the repeat of two pipelined at once with one mid"
send hans '{"command":"message","data":["luke","fast"],"cid":"p-1","id":1}'
send hans '{"command":"message","data":["luke","fast"],"cid":"p-1","id":2}'
expect hans '"id":1,'
mid_of
expect_next hans "\"id\":2,\"data\":[\"$MID\"]"

it "remembers over a restart, a kill, and a block"
kill_server
launch_server
hang_up hans
hang_up yoda
login hans
login yoda
ok yoda block hans
send hans '{"command":"message","data":["yoda","once"],"id":9,"cid":"a-1"}'
expect hans "\"id\":9,\"data\":[\"$first\"]"
send hans '{"command":"message","data":["yoda","new"],"id":10,"cid":"a-2"}'
expect_next hans '"code":"blocked"'
expect_silence yoda 100

it "takes no cid where there is none, nor one of a wrong form"
for wrong in '"command":"whoelse","cid":"x"' '"command":"message","data":["luke","x"],"cid":""' \
  '"command":"message","data":["luke","x"],"cid":"a b"' '"command":"message","data":["luke","x"],"cid":7'; do
  send hans "{$wrong}"
  expect_next hans '"code":"bad_request"'
  ok hans ping
done
