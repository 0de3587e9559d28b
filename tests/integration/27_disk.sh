#!/usr/bin/env bash
# A full disk: new messages are refused, all else goes on, and it recovers by itself.
. "$(dirname "$0")/../support/lib.sh"

if [ -z "${IN_NAMESPACE:-}" ] && unshare --mount --map-root-user true 2>/dev/null; then
  trap - EXIT
  rm -rf "$WORK"
  IN_NAMESPACE=1 exec unshare --mount --map-root-user bash "$0"
fi

if [ -n "${IN_NAMESPACE:-}" ] && mkdir data && mount -t tmpfs -o size=4m none data 2>/dev/null; then
  floor=1MiB
  fill() { head -c 8M /dev/zero >data/ballast 2>/dev/null || true; }
  relieve() { rm data/ballast; }
else
  echo "NOTE: no small disk can be mounted here; a limit stands in for it, and relief is not tried" >&2
  floor=1024GiB
  fill() { :; }
  relieve() { return 1; }
fi

start_server --limit disk_free_min=$floor
login hans
login yoda

it "refuses new messages with an error, and says so before anything is lost"
fill
refused_at_last() {
  ask hans message luke "does this fit?"
  expect hans '"command":"message"'
  has_text '"code":"storage"'
}
wait_until 5000 refused_at_last
ask hans broadcast "does this fit?"
expect hans '"status":"error","command":"broadcast"'
has_text '"code":"storage"' || fail "$LINE"

it "does all else meanwhile"
ok hans whoelse
ok hans ping
login leia

it "takes messages again, by itself, within a second of relief"
if relieve; then
  now
  began=$NOW
  taken() {
    ask hans message luke "and now?"
    expect hans '"command":"message"'
    has_text '"status":"ok"'
  }
  wait_until 2000 taken
  ok hans message yoda hello
  expect yoda '"data":["hans","hello"]'
else
  skip "no small disk"
fi

it "has every message that it took"
stop_server
cp -r data copy
umount data 2>/dev/null || true
