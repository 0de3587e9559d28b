#!/usr/bin/env bash
# Coming back with a token: over the wire, over a kill, and five thousand at once.
. "$(dirname "$0")/../support/lib.sh"

USERS=5000
for n in $(seq 1 $USERS); do echo "u$n pw"; done >>credentials.txt
start_server --limit message_rate=0

# enter NAME: logs in with acks and a token, which goes into TOKEN.
enter() {
  connect "$1"
  ok "$1" hello ack resume
  ok "$1" login "$1" "$(password_of "$1")"
  take_token
}
take_token() {
  TOKEN=${LINE##*\"token\":\"}
  TOKEN=${TOKEN%%\"*}
  [ ${#TOKEN} -eq 64 ] || fail "no token of 64 digits: $LINE"
}

it "comes back with a token, and exactly what is missing"
enter yoda
login hans
ok hans message yoda one
ok hans message yoda two
expect yoda '"data":["hans","two"]'
first=$TOKEN
hang_up yoda
ok hans message yoda three
ok hans broadcast four
connect yoda
ok yoda hello ack resume
ok yoda resume "$first" 1
has_text '"waiting":3,' || fail "not three: $LINE"
has_text '"resumed":true' || fail "not resumed: $LINE"
take_token
expect_next yoda '"data":["hans","two"]'
expect_next yoda '"data":["hans","three"]'
expect_next yoda '"data":["hans","four"]'

it "has spent the old token with the next request, and not before"
ok yoda ping
second=$TOKEN
connect stranger
refused stranger bad_token resume "$first" 0
refused stranger bad_token resume "${second/?/x}" 0
refused stranger bad_argument resume "$second" no_number

it "takes the token over a kill"
kill_server
launch_server
connect yoda
ok yoda hello ack resume
refused yoda bad_argument resume "$second" 999999
ok yoda resume "$second" 4
take_token

it "keeps no token of a session that was logged out"
ok yoda logout
expect_closed yoda
connect yoda
refused yoda bad_token resume "$TOKEN" 0

it "shows nobody a token: not in the files, not in the log"
! grep -rqF -e "$first" -e "$second" -e "$TOKEN" data server.log || fail "a token stands on the disk"

it "has five thousand back within twenty seconds of a kill, and asks no hash"
(apart "$CROWD" "$PORT" enter $USERS tokens) >enter.out 2>enter.err &
crowd=$!
is_online() { grep -q online enter.out || is_gone $crowd; }
wait_until 40000 is_online
grep -q online enter.out || fail "$(<enter.err)"
kill_server
wait $crowd || fail "$(<enter.err)"
# Whoever came by password would be hashed anew, at a cost that makes five thousand of them a quarter of an hour.
HASHES=(--hash-memory 65536 --hash-iterations 4)
launch_server
"$CROWD" "$PORT" resume $USERS tokens >back.out 2>back.err || fail "$(<back.err)"
took=$(sed -E 's/.* in ([0-9]+) ms/\1/' back.out)
[ "$took" -lt 20000 ] || fail "$(<back.out)"
