#!/usr/bin/env bash
# Wrong passwords shut a name for a while: over all addresses, and over a restart.
. "$(dirname "$0")/../support/lib.sh"

BLOCK=4
start_server
wrong() { ask "$1" login "$2" wrong; }

it "counts wrong passwords of a name over all connections and addresses"
connect near
connect far --bind 127.0.0.2
connect farther --bind 127.0.0.3
wrong near hans
expect near '"code":"bad_credentials"'
has_text '"attempts_left":2' || fail "$LINE"
wrong far hans
expect far '"attempts_left":1'
now
shut_at=$NOW
wrong farther hans
expect farther '"code":"locked"'
has_text '"attempts_left":0' || fail "$LINE"
has_text '"retry_after":4' || fail "$LINE"

it "refuses the right password too, from anywhere"
refused near locked login hans falcon
! has_text attempts_left || fail "$LINE"
refused far locked login hans falcon

it "leaves other names alone"
ok far login yoda wise

it "treats an unknown name like a known one"
wrong near jabba
expect near '"attempts_left":2'
wrong near jabba
expect near '"attempts_left":1'
wrong near jabba
expect near '"attempts_left":0'
wrong near jabba
expect near '"code":"locked"'

it "shuts the client out with exit code 3"
client hans
types hans hans
types hans falcon
sees hans "Your account is blocked due to multiple login failures. Please try again later"
ends hans 3

it "remembers the lock over a restart"
restart_server
connect again
refused again locked login hans falcon

it "opens again when the time is over, neither earlier nor prolonged by the attempts"
opened() {
  ask again login hans falcon
  expect again '"command":"login"'
  has_text '"status":"ok"'
}
wait_until 8000 opened
now
took=$((NOW - shut_at))
[ "$took" -ge 3900 ] || fail "open after $took ms"
[ "$took" -le 5500 ] || fail "shut for $took ms"

it "tells the owner of the failures, once"
has_text '"failed":3' || fail "$LINE"
ok again logout
hang_up again
login hans
has_text '"failed":0' || fail "$LINE"

it "starts to count anew after a success"
connect other
wrong other leia
wrong other leia
expect other '"attempts_left":1'
ok other login leia blasterpistol
connect another
wrong another leia
expect another '"attempts_left":2'

it "checks three passwords and never a fourth, however many are tried at once"
guessers=()
for n in $(seq 1 20); do
  for _ in $(seq 1 25); do echo '{"command":"login","data":["palpatine","guess"]}'; done |
    "$WIRECAT" "127.0.0.$n" "$PORT" --linger 3000 >"guesses.$n" 2>&1 &
  guessers+=($!)
done
all_answered() { [ "$(cat guesses.* | grep -c '"command":"login"')" -eq 500 ]; }
wait_until 10000 all_answered
[ "$(cat guesses.* | grep -c '"attempts_left"')" -eq 3 ] || fail "$(grep -h attempts_left guesses.*)"
kill "${guessers[@]}"

it "asks a client only for the password again, and shuts it out at the third"
client luke
types luke luke
types luke wrong
sees luke "Invalid Password. Please try again"
types luke wrong
sees luke "Invalid Password. Please try again"
types luke wrong
sees luke "Invalid Password. Your account has been blocked. Please try again later"
ends luke 3
