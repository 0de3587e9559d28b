#!/usr/bin/env bash
# The file of names and passwords: how it may look, and that it is imported while the server serves.
. "$(dirname "$0")/../support/lib.sh"

refuses() { # refuses CREDENTIALS WHAT: the server does not start, says what in one line, and exits 1
  printf '%b' "$1" >bad.txt
  local status=0
  timeout 10 "$SERVER" 0 60 600 --data data --credentials bad.txt >refused.out 2>refused.err || status=$?
  [ "$status" -eq 1 ] || fail "exit $status: $(<refused.err)"
  [ "$(grep -vc ' warning ' refused.err)" -eq 1 ] || fail "not one line: $(<refused.err)"
  grep -q "$2" refused.err || fail "$2 is not said: $(<refused.err)"
}

it "refuses a malformed line by its number, before anything is kept"
refuses 'hans falcon\nyoda\n' 'bad.txt.*2'
refuses 'hans falcon\n\nyoda  wise\n' 'bad.txt.*3'
refuses 'hans falcon\nyoda wise old\n' 'bad.txt.*2'
refuses 'hans f\001lcon\n' 'bad.txt.*1'
[ ! -e data ] || fail "a data directory was made"

it "refuses a name that stands there twice"
refuses 'hans falcon\nyoda wise\nhans other\n' 'bad.txt.*3'

it "refuses a file that is not there"
status=0
timeout 10 "$SERVER" 0 60 600 --data data --credentials none.txt 2>refused.err || status=$?
[ "$status" -eq 1 ] && grep -q none.txt refused.err || fail "exit $status: $(<refused.err)"

it "takes CRLF, blank lines, a last line without its end, and any printable byte"
printf 'hans falcon\r\n\r\n"q\\:{},# p"w\\:{},#\r\nlast one' >credentials.txt
chmod 644 credentials.txt
start_server
login hans
connect odd
send odd '{"command":"login","data":["\"q\\:{},#","p\"w\\:{},#"]}'
expect odd '"status":"ok","command":"login"'
login last

it "warns of a file that others may read, and does not change it"
grep -q 'warning.*credentials.txt' server.log || fail "no warning"
printf 'hans falcon\r\n\r\n"q\\:{},# p"w\\:{},#\r\nlast one' | cmp - credentials.txt

it "leaves known names alone, and imports new ones at the next start"
printf 'hans other\nleia blasterpistol\n' >credentials.txt
chmod 600 credentials.txt
restart_server
connect hans2
refused hans2 bad_credentials login hans other
ok hans2 login hans falcon
login leia
stop_server

it "serves while it imports, in the order of the file"
rm -rf data
for n in $(seq 1 1200); do echo "u$n pw"; done >credentials.txt
HASHES=(--hash-memory 2048 --hash-iterations 2)
start_server
login u1
! grep -q 'imported 1200' server.log || fail "the import was over before the first login"
PATIENCE=30000 login u1200 # waits for its turn
wait_until 30000 grep -q 'imported 1200' server.log
grep -q 'importing.* of 1200' server.log || fail "no progress in the log"
