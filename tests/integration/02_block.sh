#!/usr/bin/env bash
# A block, and everything that the blocked user and the blocker notice of each other.
. "$(dirname "$0")/../support/lib.sh"

start_server
login hans
login yoda
login luke
expect hans '"data":["yoda","online"]'
expect hans '"data":["luke","online"]'
expect yoda '"data":["luke","online"]'
ok yoda block hans

it "refuses messages to the blocker, and stores nothing"
refused hans blocked message yoda hello
expect_silence yoda 100

it "lets the blocker write to whom they block"
ok yoda message hans hello
expect hans '"data":["yoda","hello"]'

it "hides the blocker from a broadcast, once and without names, online or not"
ask hans broadcast hello
expect hans '"command":"broadcast"'
has_text '"skipped":true' || fail "skipped should be true: $LINE"
expect luke '"data":["hans","hello"]'
expect_silence yoda 100
ok yoda broadcast "to all"
expect hans '"data":["yoda","to all"]'

it "hides the blocker from the lists, and not the blocked from the blocker's"
ask hans whoelse
expect_next hans '"data":["luke"]'
ask hans whoelsesince 600
expect_next hans '"data":["luke"]'
ask yoda whoelse
expect yoda '"data":["hans","luke"]'

it "tells the blocked user nothing of comings and goings"
ok yoda logout
expect_closed yoda
hang_up yoda
expect luke '"data":["yoda","offline"]'
login yoda
expect luke '"data":["yoda","online"]'
expect_silence hans 150
ask hans broadcast again
expect_next hans '"skipped":true'

it "still shows the blocker the comings and goings of the blocked"
ok hans logout
expect yoda '"data":["hans","offline"]'
hang_up hans
login hans
expect yoda '"data":["hans","online"]'

it "knows the list after a restart too"
restart_server
for name in hans yoda luke; do hang_up $name; login $name; done
ask yoda blocked
expect yoda '"command":"blocked","data":["hans"]'
refused hans blocked message yoda hello

it "replays nothing after the unblock"
ok yoda unblock hans
refused yoda not_blocked unblock hans
expect_silence yoda 100
ok hans message yoda "here I am"
expect_next yoda '"data":["hans","here I am"]'

it "names what cannot be blocked"
refused yoda self block yoda
refused yoda self unblock yoda
refused yoda unknown_user block jabba
ok yoda block luke
refused yoda already_blocked block luke

it "carries the messages that were accepted before the block"
hang_up yoda
expect hans '"data":["yoda","offline"]'
ok hans message yoda early
login yoda
expect yoda '"data":["hans","early"]'
