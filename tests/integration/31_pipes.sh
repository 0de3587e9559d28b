#!/usr/bin/env bash
# The client in pipes: every byte of what it prints, and its exit codes.
. "$(dirname "$0")/../support/lib.sh"

start_server
# prints STATUS [options]: runs the client on `input`; what it prints must be `wanted`, byte for byte.
prints() {
  local wanted_status=$1 status=0
  shift
  timeout 20 "$CLIENT" "$PORT" "$@" <input >printed 2>complaints || status=$?
  diff wanted printed >difference || fail "$(<difference)"
  [ "$status" -eq "$wanted_status" ] || fail "exit $status, not $wanted_status"
}

it "says on stderr whom it trusts, at the first contact and never again"
: >input
printf 'Username: ' >wanted
prints 0
[[ $(<complaints) =~ ^Trusting\ localhost:$PORT,\ key\ [0-9a-f]{64}$ ]] || fail "stderr: $(<complaints)"

it "prints prompts without a line break, and one answer after the other"
cat >input <<'TYPED'
hans
falcon
whoelse
message hans myself
message jabba hello
message yoda
message yoda   two  spaces 

dance
block luke
block luke
unblock luke
blocked
broadcast is anybody here?
whoelsesince 10
logout
message yoda never sent
TYPED
cat >wanted <<'SEEN'
Username: Password: Welcome to the greatest messaging application ever!
No one else is online
Error. Cannot message self
Error. Invalid user
Usage: message <user> <message>
(yoda is offline; the message will be delivered at the next login)
Error. Invalid command
luke is blocked
Error. luke is already blocked
luke is unblocked
You block no one
No one else was online
SEEN
prints 0
[ ! -s complaints ] || fail "stderr: $(<complaints)"

it "logs out at the end of the input, when the last answers are there"
printf 'yoda\nwise\nmessage hans last words' >input
printf '%s\n' 'Username: Password: Welcome to the greatest messaging application ever!' 'hans:   two  spaces ' \
  '(hans is offline; the message will be delivered at the next login)' >wanted
prints 0
login hans
expect hans '"data":["yoda","last words"]'

it "asks for another name when one is online already"
ok hans logout
hang_up hans
client_login hans # which proves that it is there, when it is asked
printf 'hans\nfalcon\nluke\nlightsaber\nwhoelse\n' >input
{
  printf 'Username: Password: User has already logged in\n'
  printf 'Username: Password: Welcome to the greatest messaging application ever!\nhans\n'
} >wanted
prints 0
sees hans "luke logged out"
types hans logout
ends hans
login hans

it "takes name and password from its options"
echo "wise" >secret
chmod 600 secret
echo "message hans no questions" >input
echo "Welcome to the greatest messaging application ever!" >wanted
prints 0 --user yoda --password-file secret
[ ! -s complaints ] || fail "stderr: $(<complaints)"
expect hans '"data":["yoda","no questions"]'

it "warns of a file with a password that others may read"
chmod 644 secret
prints 0 --user yoda --password-file secret
grep -q secret complaints || fail "no warning"

it "takes the password from the first line of its input"
printf 'wise\nmessage hans from a pipe\n' >input
echo "Password: Welcome to the greatest messaging application ever!" >wanted
prints 0 --user yoda --password-file -
expect hans '"data":["yoda","from a pipe"]'

it "shows foreign text harmlessly"
send hans '{"command":"message","data":["yoda","a\tb\nhans: c"]}'
expect hans '"delivery":"stored"'
send hans '{"command":"message","data":["yoda","\u202egnp.exe"]}'
expect hans '"delivery":"stored"'
: >input
timeout 20 "$CLIENT" "$PORT" --user yoda --password-file secret <input >printed 2>/dev/null
! grep -q "$(printf '\342\200\256')" printed || fail "a bidi override came through"
! grep -q '^hans: c' printed || fail "a line of a message looks like another message"
grep -q '^hans: a' printed || fail "$(<printed)"

it "ends with 3 after three wrong passwords"
printf 'vader\nx\nx\nx\nnever read\n' >input
{
  printf 'Username: Password: Invalid Password. Please try again\n'
  printf 'Password: Invalid Password. Please try again\n'
  printf 'Password: Invalid Password. Your account has been blocked. Please try again later\n'
} >wanted
prints 3

it "ends with 0 on Ctrl-C, and logs out"
client_login luke
expect hans '"data":["luke","online"]'
kill -INT "${PEER[luke]}"
ends luke 0
expect hans '"data":["luke","offline"]'

it "reads a file as it reads a pipe"
printf 'luke\nlightsaber\nwhoelse\n' >input
printf 'Username: Password: Welcome to the greatest messaging application ever!\nhans\n' >wanted
prints 0

it "ends quietly when nobody reads its output"
printf 'luke\nlightsaber\n' >input
for _ in $(seq 1 2000); do echo help; done >>input
{ timeout 20 "$CLIENT" "$PORT" <input 2>complaints || true; } | head -n 1 >printed
[ ! -s complaints ] || fail "stderr: $(<complaints)"

it "looks for a server that goes, and ends with the input; with 1 when there was none"
client_login leia
kill_server
sees_next leia "Connection lost. Reconnecting…"
hang_up leia
status=0
wait "${PEER[leia]}" || status=$?
[ "$status" -eq 0 ] || fail "exit $status"
status=0
"$CLIENT" "$PORT" <input >printed 2>complaints || status=$?
[ "$status" -eq 1 ] || fail "exit $status"
[ "$(<complaints)" = "Error. Cannot connect to localhost:$PORT: Connection refused" ] || fail "$(<complaints)"
