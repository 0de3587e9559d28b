#!/usr/bin/env bash
# Private chats between real clients: straight, through the server, and without it.
. "$(dirname "$0")/../support/lib.sh"

# Everybody has a home, and in it a key, of his own.
private_login() {
  local name=$1
  shift
  XDG_STATE_HOME=${HOMES[$name]:-$WORK/home.$name} client "$name" "$@"
  types "$name" "$name"
  types "$name" "$(password_of "$name")"
  sees "$name" "Welcome to the greatest messaging application ever!"
}
declare -A HOMES=()

# ask ASKER ASKED, agree ASKER ASKED [WAY]: up to the question, up to the chat that stands.
ask() {
  types "$1" "startprivate $2"
  sees "$2" "$1 would like to private message, enter y or n: "
}
agree() {
  ask "$1" "$2"
  types "$2" "y $1"
  sees "$1" "$2 accepts private messaging"
  sees "$1" "Start private messaging with $2 (${3:-direct})" 15000
  sees "$2" "Start private messaging with $1 (${3:-direct})" 15000
}
kill_peer() {
  kill -KILL "${PEER[$1]}"
  wait "${PEER[$1]}" 2>/dev/null || true
}
stop() {
  types "$1" "stopprivate $2"
  sees "$2" "$1 stopped private messaging"
}
# The port at which a client listens for peers now, if there is one.
private_port() {
  local inodes
  inodes=$(find "/proc/${PEER[$1]}/fd" -type l -printf '%l\n' 2>/dev/null | sed -n 's/^socket:\[\(.*\)\]$/\1/p')
  awk -v inodes="$inodes" '
    BEGIN { split(inodes, list, "\n"); for (at in list) own[list[at]] = 1 }
    $4 == "0A" && $10 in own { n = split($2, parts, ":"); print parts[n] }' /proc/net/tcp /proc/net/tcp6
}
listens() { [ -n "$(private_port "$1")" ]; }
is_closed() { ! listens "$1"; }

start_server --limit private_wait_seconds=3 --limit private_invites_minute=1000
private_login hans
private_login luke

it "refuses options that contradict each other, and a port that is not free"
refuses() {
  local words=$1
  shift
  local status=0
  "$CLIENT" "$@" </dev/null >out.txt 2>err.txt || status=$?
  [ "$status" -eq 2 ] || fail "$*: exit $status"
  grep -qF -- "$words" err.txt || fail "$*: $(<err.txt)"
}
refuses "there is nothing to say about private chats" 4000 --no-private --relay
refuses "nobody calls at a private port" 4000 5000 --relay
refuses "'66666' is not a port" 4000 66666
refuses "too many arguments" localhost 4000 5000 5001
refuses "Error. No private chats: cannot listen on port $PORT: Address already in use" "$PORT" "$PORT"

it "asks, while everything else goes on, and connects the two without the server"
ask hans luke
types luke whoelse
sees luke hans
types luke "message hans wait a moment"
sees hans "luke: wait a moment"
types luke y
sees hans "luke accepts private messaging"
sees hans "Start private messaging with luke (direct)"
sees luke "Start private messaging with hans (direct)"
types hans "private luke hey dude"
sees_next luke "hans(private): hey dude"
types luke "private hans hey yourself"
sees_next hans "luke(private): hey yourself"
types hans "message luke not private"
sees_next luke "hans: not private"
types hans "startprivate luke"
sees_next hans "Error. Private messaging with luke is already on"

it "shows nothing that a peer says as more than text"
types hans $'private luke \e[31mred\u202edetrever'
sees_next luke 'hans(private): \x1b[31mred\u{202e}detrever'

it "shows the same number on both sides"
types hans "verify luke"
read_line hans "$PATIENCE"
[[ $LINE =~ ^"Safety number with luke: "([0-9]{5}( [0-9]{5}){11})$ ]] || fail "$LINE"
types luke "verify hans"
sees_next luke "Safety number with hans: ${BASH_REMATCH[1]}"
read_line hans "$PATIENCE"
words=$LINE
sees_next luke "$words"

it "ends when one of them wants it to"
stop hans luke
types luke "private hans still there?"
sees_next luke "Error. Private messaging to hans not enabled"
types luke "stopprivate hans"
sees_next luke "Error. No private messaging with hans"

it "has a chat for two who ask each other"
types hans "startprivate luke"
sees luke "hans would like to private message, enter y or n: "
types luke "startprivate hans"
sees hans "luke accepts private messaging"
sees hans "Start private messaging with luke (direct)"
sees luke "Start private messaging with hans (direct)"
stop luke hans

it "says why there is no chat"
types hans "startprivate hans"
sees_next hans "Error. Cannot private message self"
types hans "startprivate yoda"
sees_next hans "Error. yoda is not online"
types hans "startprivate jabba"
sees_next hans "Error. Invalid user"
ask hans luke
types luke n
sees_next hans "luke declined private messaging"
ask hans luke
sees_next hans "luke did not answer" 10000
types luke y
sees_next luke "Error. Invalid command"
types luke "block hans"
sees luke "hans is blocked"
types hans "startprivate luke"
sees_next hans "Error. luke has blocked you"
types luke "unblock hans"
sees luke "hans is unblocked"
client_login yoda --no-private
types yoda "startprivate hans"
sees yoda "Error. Private messaging is off in this client"
types hans "startprivate yoda"
sees hans "Error. yoda does not accept private messaging"
types yoda logout
ends yoda 0

it "keeps several chats apart, and answers the one that is named"
private_login vader
private_login yoda
types hans "startprivate luke"
sees luke "hans would like to private message, enter y or n: "
types vader "startprivate luke"
sees luke "vader would like to private message, enter y or n: "
types luke y
sees_next luke "Error. Several people ask; name one of them: hans, vader"
types luke "y vader"
sees luke "Start private messaging with vader (direct)"
types luke "y hans"
sees luke "Start private messaging with hans (direct)"
types luke "private vader I am luke"
sees vader "luke(private): I am luke"
types luke "private hans I am here"
sees hans "luke(private): I am here"

it "says that a peer has logged out, and that one has vanished"
types vader logout
ends vader 0
sees luke "vader logged out, private chat concluding"
kill_peer hans
sees luke "Error. hans is no longer reachable"
private_login hans
agree hans luke
stop hans luke

it "goes through the server where one of the two wants that, and says so"
types yoda logout
ends yoda 0
private_login yoda --relay
agree yoda luke "through the server, encrypted"
types yoda "private luke a canary of a private chat"
sees luke "yoda(private): a canary of a private chat"
types luke "private yoda heard you"
sees yoda "luke(private): heard you"
if grep -rqaF -e 'canary of a private' -e "$(printf 'a canary of a private chat' | base64 | cut -c 1-30)" data server.log; then
  fail "the server kept what was said"
fi
stop luke yoda
agree hans yoda "through the server, encrypted"
stop yoda hans

it "asks nobody who has said yes beforehand"
private_login vader --yes-private
types hans "startprivate vader"
sees hans "Start private messaging with vader (direct)"
sees_next vader "Start private messaging with hans (direct)"
stop vader hans
types vader logout
ends vader 0

it "opens its port while somebody is expected, and no stranger gets a word there"
is_closed luke || fail "luke listens, and nobody was agreed with"
ask hans luke
kill -STOP "${PEER[hans]}"
types luke y
wait_until "$PATIENCE" listens luke
port=$((16#$(private_port luke)))
for n in $(seq 40); do
  exec {stranger}<>"/dev/tcp/127.0.0.1/$port"
  printf '\0\0\0\2{}' >&"$stranger"
  if IFS= read -r -t 0.01 -u "$stranger" && [[ $REPLY == *proof* ]]; then fail "a stranger was answered: $REPLY"; fi
  exec {stranger}>&-
done
kill -CONT "${PEER[hans]}"
sees hans "luke accepts private messaging"
sees hans "Start private messaging with luke (direct)" 15000
sees luke "Start private messaging with hans (direct)" 15000
wait_until "$PATIENCE" is_closed luke
stop hans luke

it "goes through the server where nobody comes to the door for five seconds"
ask hans luke
kill -STOP "${PEER[hans]}"
types luke y
wait_until "$PATIENCE" listens luke
wait_until 10000 is_closed luke
kill -CONT "${PEER[hans]}"
sees hans "Start private messaging with luke (through the server, encrypted)" 15000
sees luke "Start private messaging with hans (through the server, encrypted)" 15000
stop luke hans

it "stops at a key that has changed, until it is trusted"
types luke logout
ends luke 0
HOMES[luke]=$WORK/home.impostor
private_login luke "$port"
ask hans luke
types luke y
sees hans "Error. The key of luke has changed. Compare numbers with: verify luke. Accept with: trust luke"
types hans "private luke secret"
sees_next hans "Error. Private messaging to luke not enabled"
types hans "trust luke"
sees hans "luke is trusted"
agree hans luke

it "goes on without the server, which loses nothing that was said"
types hans "private luke before"
kill_server
sees hans "Private messaging with luke goes on"
sees luke "Private messaging with hans goes on"
for n in 1 2 3 4 5; do types hans "private luke alone $n"; done
for n in 1 2 3 4 5; do sees luke "hans(private): alone $n"; done
types luke "private hans me too"
sees hans "luke(private): me too"

it "names what was not confirmed"
kill -STOP "${PEER[luke]}"
types hans "private luke into the void"
kill_peer luke
sees hans "Error. luke is no longer reachable"
sees_next hans "Not confirmed by luke: into the void"
