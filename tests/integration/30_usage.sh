#!/usr/bin/env bash
# Command lines: what is wrong is said on stderr, with exit code 2.
. "$(dirname "$0")/../support/lib.sh"

wrong() { # wrong PROGRAM ARGUMENTS...
  local status=0
  timeout 5 "$@" >usage.out 2>usage.err </dev/null || status=$?
  [ "$status" -eq 2 ] || fail "$*: exit $status: $(<usage.err)"
  grep -q '^usage: ' usage.err || fail "$*: no usage: $(<usage.err)"
  [ ! -s usage.out ] || fail "$*: stdout: $(<usage.out)"
}

it "refuses a wrong command line of the server"
wrong "$SERVER"
wrong "$SERVER" 0
wrong "$SERVER" 0 60
wrong "$SERVER" 0 60 600 700
for bad in '' ' 4' +4 -1 4000x 0x10 65536 1e3; do wrong "$SERVER" "$bad" 60 600; done
for bad in 0 -5 1.5 '' ten; do
  wrong "$SERVER" 0 "$bad" 600
  wrong "$SERVER" 0 60 "$bad"
done
wrong "$SERVER" 0 60 600 --what
wrong "$SERVER" 0 60 600 --store paper
wrong "$SERVER" 0 60 600 --bind nowhere
wrong "$SERVER" 0 60 600 --limit frame_max
wrong "$SERVER" 0 60 600 --limit frame_max=1
wrong "$SERVER" 0 60 600 --limit no_such=1
wrong "$SERVER" account
wrong "$SERVER" account dance
wrong "$SERVER" account add
wrong "$SERVER" account list hans
[ ! -e sockchat-data ] || fail "a data directory was made"

it "refuses a wrong command line of the client"
wrong "$CLIENT"
wrong "$CLIENT" localhost
wrong "$CLIENT" localhost 0
wrong "$CLIENT" localhost 65536
wrong "$CLIENT" localhost 4000x
wrong "$CLIENT" localhost 4000 5000 6000
wrong "$CLIENT" 4000 --what

it "helps on stdout, with exit code 0"
for help in "$SERVER --help" "$SERVER --help-limits" "$SERVER --version" "$SERVER account --help" \
  "$CLIENT --help" "$CLIENT --version"; do
  $help >help.out 2>help.err || fail "$help: exit $?"
  [ -s help.out ] && [ ! -s help.err ] || fail "$help: $(<help.err)"
done
"$SERVER" --help-limits >help.out
grep -q "^frame_max " help.out || fail "no table of limits"

it "serves without a file of credentials, and without a disk"
rm credentials.txt
(apart "$SERVER" 0 60 600 --store memory --data here --port-file port --registration open "${HASHES[@]}") 2>server.log &
SERVER_PID=$!
wait_until 5000 server_answers
PORT=$(<port)
connect lando
ok lando register lando "cloud city"
ok lando whoelse
connect twin
refused twin name_taken register Lando "cloud city"
refused twin bad_name register "-x" "cloud city"
refused twin weak_password register boba short
[ ! -e sockchat-data ] && [ ! -e here ] || fail "a data directory was made"
