#!/usr/bin/env bash
# Whom the client trusts with a password: keys at first contact, keys that are given, and keys that have changed.
. "$(dirname "$0")/../support/lib.sh"

start_server --log-level trace
pin() { "$SERVER" pin --data data; }
PIN=$(pin)
[[ $PIN =~ ^[0-9a-f]{64}$ ]] || fail "no pin: $PIN"
OTHER=${PIN//[0-9a-f]/7}
KNOWN=$XDG_STATE_HOME/sockchat/known_servers
printf 'hans\nfalcon\nwhoelse\n' >input
printf 'Username: Password: Welcome to the greatest messaging application ever!\nNo one else is online\n' >welcome
: >nothing

# ends_with STATUS STDOUT STDERR ARGUMENTS...: the client on `input`; STDERR as a line, or nothing.
ends_with() {
  local wanted=$1 printed=$2 complaint=$3 status=0
  shift 3
  timeout 30 "$CLIENT" "$@" <input >printed 2>complaints || status=$?
  [ "$(<complaints)" = "$complaint" ] || fail "$*: stderr: $(<complaints)"
  cmp "$printed" printed || fail "$*: stdout: $(<printed)"
  [ "$status" -eq "$wanted" ] || fail "$*: exit $status, not $wanted"
}
relaunch() { # on the same port
  rm -f port
  (apart "$SERVER" "$PORT" "$BLOCK" "$TIMEOUT" --data data --credentials credentials.txt --port-file port \
    "${HASHES[@]}" "${SERVER_OPTIONS[@]}") >>server.out 2>>server.log &
  SERVER_PID=$!
  wait_until 10000 server_answers
}
changed() { echo "Error. The key of $1:$PORT has changed. If that is expected: sockchat forget-server $1:$PORT"; }

it "trusts a server of this machine at first contact, and says so once, beside the conversation"
ends_with 0 welcome "Trusting localhost:$PORT, key $PIN" "$PORT"
ends_with 0 welcome "" "$PORT"
ends_with 0 welcome "" LocalHost "$PORT"
[ "$(<"$KNOWN")" = "localhost:$PORT $PIN" ] || fail "$(<"$KNOWN")"
[ "$(stat -c %a "$KNOWN")" = 600 ] || fail "$(stat -c %a "$KNOWN")"
ends_with 0 welcome "Trusting 127.0.0.1:$PORT, key $PIN" 127.0.0.1 "$PORT"

it "takes the invitation that the server has logged, in place of host and port"
invitation=$(grep -oE "[^ \"=]+:$PORT#$PIN" server.log | head -n 1)
[ -n "$invitation" ] || fail "the server invites nobody"
rm "$KNOWN"
ends_with 0 welcome "" "localhost:$PORT#$PIN"
[ "$(<"$KNOWN")" = "localhost:$PORT $PIN" ] || fail "$(<"$KNOWN")"
ends_with 0 welcome "" "$PORT" --pin "${PIN^^}"

it "refuses every key but the one that is given"
wrong="Error. The key of localhost:$PORT is not the one that was given, but $PIN"
ends_with 1 nothing "$wrong" "$PORT" --pin "$OTHER"
ends_with 1 nothing "$wrong" "localhost:$PORT#$OTHER" --accept-new
rm "$KNOWN"
ends_with 1 nothing "$wrong" "localhost:$PORT#$OTHER"
[ ! -e "$KNOWN" ] || fail "a refused key is remembered"

it "says what is wrong with a command line about keys"
for arguments in "localhost:$PORT" "localhost:$PORT#abc" "localhost#$PIN" "localhost:$PORT#$PIN --pin $OTHER" \
  "$PORT --pin abc" "$PORT --pin $PIN --no-tls" "localhost:$PORT#$PIN --no-tls" "forget-server" "forget-server a b"; do
  status=0
  # shellcheck disable=SC2086  # several arguments
  timeout 5 "$CLIENT" $arguments </dev/null >printed 2>complaints || status=$?
  [ "$status" -eq 2 ] && grep -q '^usage: ' complaints && [ ! -s printed ] || fail "$arguments: $status: $(<complaints)"
done

it "goes on with the key that is given where another one is remembered, and leaves that"
mkdir -p "$(dirname "$KNOWN")"
echo "localhost:$PORT $OTHER" >"$KNOWN"
timeout 10 "$CLIENT" "$PORT" --pin "$PIN" <input >printed 2>complaints || fail "exit $?: $(<complaints)"
cmp welcome printed
grep -q "not the one that is remembered" complaints || fail "$(<complaints)"
[ "$(<"$KNOWN")" = "localhost:$PORT $OTHER" ] || fail "$(<"$KNOWN")"

it "stops where the key has changed, whatever it is told to accept, and no request leaves"
ends_with 1 nothing "$(changed localhost)" "$PORT"
ends_with 1 nothing "$(changed localhost)" "$PORT" --accept-new
logins() { grep -c 'user="hans"' server.log || true; }
before=$(logins)
for _ in 1 2 3; do ends_with 1 nothing "$(changed localhost)" "$PORT"; done
[ "$(logins)" -eq "$before" ] || fail "somebody has logged in"

it "forgets a server, and says which"
"$CLIENT" forget-server "localhost:$PORT" >printed 2>complaints || fail "exit $?: $(<complaints)"
[ "$(<printed)" = "Forgotten: localhost:$PORT, key $OTHER" ] || fail "$(<printed)"
ends_with 0 welcome "Trusting localhost:$PORT, key $PIN" "$PORT"
ends_with 0 welcome "Trusting [::1]:$PORT, key $PIN" ::1 "$PORT"
"$CLIENT" forget-server "[::1]" >printed || fail "exit $?"
[ "$(<printed)" = "Forgotten: [::1]:$PORT, key $PIN" ] || fail "$(<printed)"
status=0
"$CLIENT" forget-server "chat.example:$PORT" >printed 2>complaints || status=$?
[ "$status" -eq 1 ] && [ "$(<complaints)" = "Error. Nothing is known of chat.example:$PORT" ] || fail "$(<complaints)"

it "refuses a damaged file, with the number of the line"
cp "$KNOWN" good
echo "chat.example:4000 3f9a" >>"$KNOWN"
ends_with 1 nothing "Error. $KNOWN, line 2: this is not a server and its key" "$PORT"
cp good "$KNOWN"

it "stops a running client when another server is there after a lost connection"
client_login hans
kill_server
sees hans "Connection lost. Reconnecting…"
types hans "message yoda for nobody else"
mv data before
relaunch
[ "$(pin)" != "$PIN" ] || fail "the new server has the old key"
ends hans 1 20000
[ "$(grep -v '^Trusting' hans.err)" = "$(changed localhost)
1 message is not sent yet; the next start sends it" ] || fail "$(<hans.err)"
! grep -q "for nobody else" data/* || fail "the message is on the wrong server"

it "goes on with the server of before, and sends what it kept"
kill_server
rm -r data
mv before data
relaunch
client_login hans
wait_until "$PATIENCE" grep -q "^1 message from before is sent now$" hans.err
login yoda
expect yoda '"data":["hans","for nobody else"]'
ok yoda logout
hang_up yoda
types hans logout
ends hans 0

it "speaks clear text when it is told to, and is refused where that is not taken"
ends_with 0 welcome "" "$PORT" --no-tls
stop_server
start_server --plaintext never
echo "Error. The server accepts encrypted connections only" >refusal
ends_with 1 refusal "" "$PORT" --no-tls
ends_with 0 welcome "Trusting localhost:$PORT, key $PIN" "$PORT"

it "gives a server ten seconds for its handshake"
kill -STOP "$SERVER_PID"
ends_with 1 nothing "Error. Cannot connect to localhost:$PORT: no TLS handshake within 10 s" "$PORT"
kill -CONT "$SERVER_PID"

it "is told in a pipe that nobody is there to be asked about another machine"
ADDRESS=$(hostname -I 2>/dev/null | grep -oE '[0-9]+(\.[0-9]+){3}' | head -n 1 || true)
if [ -z "$ADDRESS" ]; then
  skip "this machine has no address but loopback"
  exit 0
fi
status=0
"$CLIENT" "$ADDRESS" "$PORT" <input >printed 2>complaints || status=$?
[ "$status" -eq 1 ] && [ ! -s printed ] || fail "exit $status: $(<printed)"
grep -q "^Error. Nobody is here to say whether $ADDRESS:$PORT with the key $PIN is to be trusted." complaints ||
  fail "$(<complaints)"
! grep -q "$ADDRESS" "$KNOWN" || fail "it is remembered all the same"

it "accepts new keys when it is told to, and changed ones never"
ends_with 0 welcome "Trusting $ADDRESS:$PORT, key $PIN" "$ADDRESS" "$PORT" --accept-new
ends_with 0 welcome "" "$ADDRESS" "$PORT"
sed -i "s/$PIN/$OTHER/" "$KNOWN"
ends_with 1 nothing "$(changed "$ADDRESS")" "$ADDRESS" "$PORT" --accept-new
stop_server
