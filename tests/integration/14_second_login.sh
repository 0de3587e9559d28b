#!/usr/bin/env bash
# One session a name: the second login, and the session whose peer is gone.
. "$(dirname "$0")/../support/lib.sh"

start_server --limit replace_seconds=0.5
login hans

it "refuses a second login while the first session lives, and leaves that untouched"
connect second
ask second login hans falcon
expect hans '{"command":"ping","data":[]}'
send hans '{"command":"pong"}'
expect second '"code":"already_online"'
ok hans whoelse

it "says so only after a right password"
refused second bad_credentials login hans wrong

it "replaces a session that does not answer"
login yoda
ask second login hans falcon
expect second '"status":"ok","command":"login"'
expect hans '{"command":"logout","data":["replaced"]}'
expect_closed hans

it "replaces, within ten seconds, a session whose peer is gone without a word"
login luke
kill -STOP "${PEER[luke]}"
now
began=$NOW
connect heir
ok heir login luke lightsaber
now
[ $((NOW - began)) -lt 10000 ] || fail "after $((NOW - began)) ms"
kill -CONT "${PEER[luke]}"

it "lets exactly one of two logins at once win"
for n in 1 2 3 4 5 6; do connect "twin$n"; done
for n in 1 2 3 4 5 6; do send "twin$n" '{"command":"login","data":["leia","blasterpistol"]}'; done
won=
refused=0
answers() { # of whoever has something to say; the winner proves that it lives
  local n
  for n in 1 2 3 4 5 6; do
    read_line "twin$n" 10 || continue
    case $LINE in
      *'"command":"ping"'*) send "twin$n" '{"command":"pong"}' ;;
      *'"status":"ok"'*) won+=$n ;;
      *already_online*) refused=$((refused + 1)) ;;
    esac
  done
  [ "${#won}" -eq 1 ] && [ "$refused" -eq 5 ]
}
wait_until 5000 answers
ok "twin$won" whoelse

it "pings who is silent, and closes who does not answer"
stop_server
start_server --limit ping_seconds=0.3 --limit dead_seconds=0.8
login vader
login chewy
chewy_is_gone() {
  read_line vader 100 || return 1
  ! has_text '{"command":"ping","data":[]}' || send vader '{"command":"pong"}'
  has_text '"data":["chewy","offline"]'
}
wait_until 3000 chewy_is_gone
expect chewy '{"command":"ping","data":[]}'
expect_closed chewy
ok vader ping
