#!/usr/bin/env bash
# A full disk: new messages are refused, all else goes on, and it recovers by itself.
. "$(dirname "$0")/../support/lib.sh"

if [ -z "${IN_NAMESPACE:-}" ] && unshare --mount --map-root-user true 2>/dev/null; then
  # The directory is removed out here, where nothing is mounted on it.
  status=0
  TMPDIR=$WORK IN_NAMESPACE=1 unshare --mount --map-root-user bash "$SELF" || status=$?
  trap - EXIT
  cd / && rm -rf "$WORK"
  exit $status
fi

if [ -n "${IN_NAMESPACE:-}" ] && mkdir data && mount -t tmpfs -o size=8m,mode=700 none data 2>/dev/null; then
  floor=2MiB
  fill() { # fill KIB: leaves so much
    rm -f data/ballast
    local free
    free=$(df -k --output=avail data | tail -n 1)
    head -c "$((free - $1))K" /dev/zero >data/ballast
  }
  # Not by a size: the server may write meanwhile, and what df has just said is no longer there.
  fill_up() { ! cat /dev/zero >data/ballast 2>/dev/null; }
  relieve() { rm data/ballast; }
else
  echo "NOTE: no small disk can be mounted here; a limit stands in for it, and relief is not tried" >&2
  floor=1024GiB
  fill() { :; }
  fill_up() { :; }
  relieve() { return 1; }
fi

start_server --limit disk_free_min=$floor
login hans
login yoda

ok hans message vader "before the flood"

it "refuses new messages with an error, and says so before anything is lost"
fill 1500
took=0 # how many messages to luke
refused_at_last() {
  ask hans message luke "does this fit?"
  expect hans '"command":"message"'
  ! has_text '"status":"ok"' || took=$((took + 1))
  has_text '"code":"storage"'
}
wait_until 5000 refused_at_last
ask hans broadcast "does this fit?"
expect hans '"status":"error","command":"broadcast"'
has_text '"code":"storage"' || fail "$LINE"

it "does all else meanwhile: queries, logins, what waits, blocks, logouts"
ok hans whoelse
ok hans ping
login leia
login vader
has_text '"waiting":1' || fail "$LINE"
expect vader '"data":["hans","before the flood"]'
ok vader block leia
ok vader unblock leia
ok vader logout
expect_closed vader

it "survives a disk that is full to the last byte"
fill_up
ask hans message luke "and this?"
expect hans '"code":"storage"'
ask hans block luke
expect hans '"command":"block"'
ok hans ping
ok hans whoelse
ok leia logout
expect_closed leia
# A login is written down before it is granted: where there is no room for that either, it is told so.
connect vader
ask vader login vader "$(password_of vader)"
expect vader '"command":"login"'
has_text '"status":"ok"' || has_text '"code":"storage"' || fail "$LINE"
hang_up vader
! is_gone "$SERVER_PID" || fail "the server ended"

it "takes messages again, by itself, within a second of relief"
if relieve; then
  now
  relieved=$NOW
  taken() {
    ask hans message luke "and now?"
    expect hans '"command":"message"'
    has_text '"status":"ok"'
  }
  wait_until 2000 taken
  now
  [ $((NOW - relieved)) -le 1000 ] || [[ $OUT == *san ]] || fail "it took $((NOW - relieved)) ms"
  took=$((took + 1))
  login vader
  ok vader logout
  ok hans message yoda hello
  expect yoda '"data":["hans","hello"]'
else
  skip "no small disk"
fi

it "has every message that it took, and none that it refused"
for name in hans yoda leia; do hang_up $name; done
stop_server
launch_server
login luke
has_text "\"waiting\":$took" || fail "$took were taken: $LINE"
