#!/usr/bin/env bash
# Data directories that cannot be used: one clear line, exit 1, nothing made worse.
. "$(dirname "$0")/../support/lib.sh"

refuses() { # refuses PATTERN [options]: does not start, and says why in one line
  local pattern=$1 status=0
  shift
  timeout 10 "$SERVER" "${WHERE:-0}" 60 600 --credentials credentials.txt "${HASHES[@]}" "$@" >refused.out 2>refused.err || status=$?
  [ "$status" -eq 1 ] || fail "exit $status: $(<refused.err)"
  [ "$(wc -l <refused.err)" -eq 1 ] || fail "not one clear line: $(<refused.err)"
  grep '^sockchat-server: ' refused.err | grep -q "$pattern" || fail "$pattern is not said: $(<refused.err)"
  [ ! -s refused.out ] || fail "stdout: $(<refused.out)"
}

start_server
login hans
ok hans message yoda "Hey Dude"

it "refuses a data directory that another server uses"
refuses data --data data
ok hans ping

it "refuses a port that is taken"
WHERE=$PORT refuses "$PORT" --data other
ok hans ping

it "refuses a data directory that it cannot make"
: >file
refuses file --data file/data

it "refuses a database whose beginning is damaged, and leaves it alone"
stop_server
database=data/sockchat.db
cp -r data sound
printf 'this was a database once; now it is not' | dd of="$database" conv=notrunc status=none
sum=$(cksum <"$database")
refuses "$(basename "$database")" --data data
[ "$(cksum <"$database")" = "$sum" ] || fail "the damaged file was changed"

it "refuses a database that is cut short, never starts empty"
rm -rf data
cp -r sound data
truncate -s 5000 "$database"
refuses "" --data data

it "starts on the sound copy, with everything in it"
rm -rf data
mv sound data
hang_up hans
launch_server
login yoda
expect yoda '"data":["hans","Hey Dude"]'
