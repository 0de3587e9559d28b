#!/usr/bin/env bash
# What the client remembers: killed in the middle of a stream and started again, it shows and sends everything once.
. "$(dirname "$0")/../support/lib.sh"

start_server --limit message_rate=0
STATE=$XDG_STATE_HOME/sockchat/localhost:$PORT
kill_client() {
  kill -KILL "${PEER[$1]}"
  wait "${PEER[$1]}" 2>/dev/null || true
}
# The lines of luke that a transcript has, in their order.
seen() { grep -o '^luke: [0-9]*$' "$1.log" || true; }

it "keeps one small file for an account, which nobody else may read"
client_login hans
client_login luke
sees hans "luke logged in"
types luke "message hans 0"
sees hans "luke: 0"
wait_until "$PATIENCE" test -s "$STATE/hans.db"
[ "$(stat -c %a "$STATE")" = 700 ] || fail "$(stat -c %a "$STATE")"
for file in "$STATE"/*; do [ "$(stat -c %a "$file")" = 600 ] || fail "$file: $(stat -c %a "$file")"; done

it "shows every message once, however often it is killed while they come"
for round in 0 1 2 3 4; do
  for n in $(seq $((round * 30 + 1)) $((round * 30 + 30))); do types luke "message hans $n"; done
  sees hans "luke: $((round * 30 + 1 + RANDOM % 20))" 20000
  kill_client hans
  # What stood in the pipe, somebody has seen.
  while read_line hans "$PATIENCE"; do :; done
  client hans
  types hans hans
  types hans "$(password_of hans)"
done
types luke "message hans 151"
sees hans "luke: 151" 20000
seen hans | cut -d ' ' -f 2 >got.txt
seq 0 151 >want.txt
sort -n -u got.txt | cmp - want.txt
# Between the output and its record there is a moment. What came in it is shown twice: the end of what stood
# there at a kill, in its order, and nothing that had come before the kill before it.
awk -v kills=5 -v each=30 '
  NR > 1 && $1 != last + 1 {
    if (++steps > kills || $1 > last) { print "after " last " came " $1; exit 1 }
    if (last - $1 >= 2 * each) { print "at " last " the client had not recorded " $1; exit 1 }
  }
  { last = $1 }' got.txt >wrong.txt || fail "$(<wrong.txt)"

it "shows nothing again that is recorded"
types hans logout
ends hans 0
recorded() { grep -qaF "$1" "$STATE"/hans.db*; }
password_of hans >secret
chmod 600 secret
for round in 1 2 3; do
  client hans --json --user hans --password-file secret
  for n in 1 2 3; do
    types luke "message hans paced $round.$n"
    find_line hans "$PATIENCE" has_text "\"luke\",\"paced $round.$n\""
  done
  [[ $LINE =~ \"time\":\"([^\"]+)\" ]] || fail "no time: $LINE"
  wait_until "$PATIENCE" recorded "${BASH_REMATCH[1]}"
  kill_client hans
done
client_login hans
types luke "message hans paced 4.1"
sees hans "luke: paced 4.1"
! grep -q "luke: paced [123]" hans.log || fail "shown again: $(grep -m 1 "luke: paced [123]" hans.log)"
for round in 1 2 3; do
  [ "$(grep -c "paced $round\.3\"" hans.log)" -eq 1 ] || fail "not once: paced $round.3"
done

it "sends what it could not send, at the next start, and says so"
types hans logout
ends hans 0
client_login hans
kill_server
sees hans "Connection lost. Reconnecting…"
types hans "message luke from before"
kept() { grep -qa "from before" "$STATE"/hans.db*; }
wait_until "$PATIENCE" kept
kill_client hans
rm -f port
(apart "$SERVER" "$PORT" "$BLOCK" "$TIMEOUT" --data data --credentials credentials.txt --port-file port \
  "${HASHES[@]}") >>server.out 2>>server.log &
SERVER_PID=$!
wait_until 10000 server_answers
sees luke "Reconnected" 20000
: >hans.err
client_login hans
sees luke "hans: from before"
wait_until "$PATIENCE" grep -q "^1 message from before is sent now$" hans.err
types hans whoelse
sees hans luke
types luke "history hans 200"
find_line luke "$PATIENCE" has_text "] hans: from before"

it "has no token left after a logout"
token() { grep -qaE '[0-9a-f]{64}' "$STATE"/hans.db*; }
token || fail "there is none while it is logged in"
types hans logout
ends hans 0
! token || fail "it is still there"

it "lets a second client of the account go on without, and says nothing about it"
client_login hans
client second
types second hans
types second "$(password_of hans)"
sees second "User has already logged in" 10000
[ ! -s second.err ] || fail "$(<second.err)"
hang_up second

it "goes on without where it cannot be kept, with one warning"
types hans logout
ends hans 0
export XDG_STATE_HOME=$WORK/credentials.txt
: >hans.err
client_login hans
types hans "message hans x"
sees hans "Error. Cannot message self"
[ "$(grep -c '^Warning: ' hans.err)" -eq 1 ] || fail "$(<hans.err)"
types hans logout
ends hans 0
