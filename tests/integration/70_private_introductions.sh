#!/usr/bin/env bash
# Private chats as the server sees them: who is asked, who is introduced, what it passes on, and what it must not keep.
. "$(dirname "$0")/../support/lib.sh"

hans_key=$(printf 'a%.0s' {1..64})
luke_key=$(printf 'b%.0s' {1..64})
# No text of anybody: what the server passes on is bytes to it, and stands nowhere afterwards.
canary=$(printf 'canary of a private chat' | base64)

start_server --limit private_wait_seconds=4
for name in hans luke yoda; do login $name; done
expect hans '"data":["yoda","online"]'
expect luke '"data":["yoda","online"]'

it "asks nobody who has not said listen"
refused hans not_listening startprivate luke
ok hans listen 5001 "$hans_key"
refused hans not_listening startprivate luke
ok luke listen 5002 "$luke_key"

it "says that somebody blocks before it says that they are away"
ok yoda block hans
refused hans blocked startprivate yoda
ok yoda logout
hang_up yoda
expect luke '"data":["yoda","offline"]'
refused hans blocked startprivate yoda
refused luke offline startprivate yoda

it "forgets a question that nobody answers, and shows no address in it"
ok hans startprivate luke
has_text '"expires":4' || fail "expires should be 4: $LINE"
expect_next luke '"command":"startprivate","data":["hans"]'
expect_next hans '"reason":"expired"'
expect_next luke '"reason":"expired"'
refused luke no_request answer hans yes
if grep -hv '^>' hans.log luke.log | grep -q -e 127.0.0.1 -e '"500[12]"'; then fail "an address left before anybody agreed"; fi

it "introduces two who agree to each other"
ok hans startprivate luke
expect luke '"command":"startprivate","data":["hans"]'
ok luke answer hans yes
expect_next luke "\"data\":[\"hans\",\"127.0.0.1\",\"5001\",\"$hans_key\"]"
has_text '"role":"listen"' || fail "luke should listen: $LINE"
expect_next hans "\"data\":[\"luke\",\"127.0.0.1\",\"5002\",\"$luke_key\"]"
has_text '"role":"dial"' || fail "hans should dial: $LINE"
refused luke already_private startprivate hans

it "passes bytes on without a word, and keeps nothing of them"
ask hans relay luke "$canary"
expect_next luke "\"command\":\"relay\",\"data\":[\"hans\",\"$canary\"]"
expect_silence hans 100
if grep -rqaF -e "$canary" -e 'canary of a private chat' data server.log; then fail "the server kept private bytes"; fi

it "goes on through a block, and ends when one of the two wants it to"
ok luke block hans
ask hans relay luke "$canary"
expect_next luke '"command":"relay"'
ok luke stopprivate hans
expect_next hans '"command":"stopprivate","data":["luke"]'
has_text '"reason":"stopped"' || fail "the reason should be stopped: $LINE"
refused hans no_session relay luke "$canary"
refused hans blocked startprivate luke
ok luke unblock hans

it "tells the other one of a lost connection before everybody hears of it"
ok luke startprivate hans
expect hans '"command":"startprivate"'
ok hans answer luke yes
expect luke '"command":"introduce"'
expect hans '"command":"introduce"'
hang_up luke
expect_next hans '"command":"stopprivate"'
has_text '"reason":"gone"' || fail "the reason should be gone: $LINE"
expect_next hans '"data":["luke","offline"]'
