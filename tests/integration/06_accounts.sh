#!/usr/bin/env bash
# The operator's account command on the data directory of a running server.
. "$(dirname "$0")/../support/lib.sh"

# Looking whether a password works yet must not shut the name.
start_server --limit login_failures=100
account() { "$SERVER" account "$1" "${@:2}" --data data "${HASHES[@]}"; }
login_works() {
  connect probe
  ask probe login "$1" "$2"
  expect probe '"command":"login"'
  local line=$LINE
  hang_up probe
  [[ $line == *'"status":"ok"'* ]]
}

it "adds an account that can log in a second later"
echo "outer rim" | account add jabba
wait_until 3000 login_works jabba "outer rim"

it "does not add a name twice"
status=0
echo "x" | account add jabba 2>account.err || status=$?
[ "$status" -eq 1 ] && [ "$(wc -l <account.err)" -eq 1 ] || fail "exit $status: $(<account.err)"

it "changes a password"
echo "hutt palace" | account passwd jabba 2>/dev/null
wait_until 3000 login_works jabba "hutt palace"
! login_works jabba "outer rim" || fail "the old password still works"

it "opens a name that wrong passwords have shut"
connect guess
for _ in $(seq 1 100); do ask guess login yoda wrong; done
expect guess '"code":"locked"'
account list | grep -q '^yoda .*locked' || fail "the list does not say locked"
account unlock yoda
wait_until 3000 login_works yoda wise

it "logs a removed user out, and lets nobody in under the name"
login hans
ok guess login luke lightsaber
account remove hans
expect hans '{"command":"logout","data":["kicked"]}' 3000
expect_closed hans
refused guess unknown_user message hans hello
connect stranger
refused stranger bad_credentials login hans falcon

it "lists names, states and last logins"
account list >list.txt
grep -q '^hans' list.txt && fail "a removed account is listed: $(<list.txt)"
grep -q '^jabba  *active  *20' list.txt || fail "$(<list.txt)"
grep -q '^chewy  *active  *never' list.txt || fail "$(<list.txt)"

it "does not import a removed name again"
restart_server
connect later
refused later bad_credentials login hans falcon

it "gives a removed name back with what waited for it"
hang_up later
echo "falcon 2" | account add hans
wait_until 3000 login_works hans "falcon 2"

it "imports a file"
printf 'lando cloud\nboba slave1\n' >more.txt
account import more.txt 2>/dev/null
wait_until 3000 login_works lando cloud

it "says in one line what it cannot do"
for wrong in "remove nobody" "passwd nobody" "import none.txt"; do
  status=0
  # shellcheck disable=SC2086
  account $wrong </dev/null 2>account.err || status=$?
  [ "$status" -eq 1 ] && [ "$(wc -l <account.err)" -eq 1 ] || fail "$wrong: exit $status: $(<account.err)"
done
