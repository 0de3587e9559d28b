#!/usr/bin/env bash
# Backups: made while the server serves, whole or not there, and put in place again.
. "$(dirname "$0")/../support/lib.sh"

USERS=4
for n in $(seq 1 $USERS); do echo "u$n pw"; done >credentials.txt
printf 'sink pw\nidle pw\n' >>credentials.txt
start_server --limit message_rate=0 --limit mailbox_messages=1000000 --limit mailbox_bytes=1GiB

# fails PATTERN COMMAND...: exit 1, and one line that says why.
fails() {
  local pattern=$1 status=0
  shift
  "$@" >failed.out 2>failed.err </dev/null || status=$?
  [ "$status" -eq 1 ] || fail "$*: exit $status: $(<failed.err)"
  [ "$(wc -l <failed.err)" -eq 1 ] || fail "$*: not one clear line: $(<failed.err)"
  grep '^sockchat-server: ' failed.err | grep -q -e "$pattern" || fail "$pattern is not said: $(<failed.err)"
  [ ! -s failed.out ] || fail "$*: stdout: $(<failed.out)"
}

connect sink
ok sink login sink pw
ok sink message idle "Meet me at the usual place"
hang_up sink

it "holds everything that was acknowledged before, made under load"
: >acked.txt
(apart "$CROWD" "$PORT" load $USERS 100000 load) >acked.txt 2>load.err &
load=$!
acked() { [ "$(grep -c '^acked' acked.txt)" -ge "$1" ]; }
wait_until 10000 acked 1000
cp acked.txt before.txt
"$SERVER" backup --to kept --data data >backup.out 2>backup.err || fail "$(<backup.err)"
acked_then=$(grep -c '^acked' acked.txt)
wait_until 10000 acked $((acked_then + 100))
{
  kill -KILL $load
  wait $load
} 2>/dev/null || true
grep -q "^kept: 6 accounts, [0-9]* messages, the newest is [0-9]*$" backup.out || fail "$(<backup.out)"
[ "$(stat -c %a kept)" = 600 ] || fail "others may read it: $(stat -c %a kept)"
[ -z "$(find . -name 'kept?*')" ] || fail "left behind: $(find . -name 'kept?*')"

it "is checked without a data directory, also where nothing can be written"
"$SERVER" restore --check kept >check.out
cmp check.out backup.out
mkdir shelf
cp kept shelf
chmod 500 shelf
"$SERVER" restore --from shelf/kept --check >/dev/null
chmod 700 shelf
[ "$(ls shelf)" = kept ] || fail "left behind: $(ls shelf)"
[ ! -e sockchat-data ] || fail "a data directory was made"

it "does not overwrite anything"
fails "kept exists already" "$SERVER" backup --to kept --data data
cmp kept shelf/kept

it "leaves nothing where it cannot be finished"
fails "cannot make" "$SERVER" backup --to nowhere/kept --data data
fails "there is no database in shelf" "$SERVER" backup --to other --data shelf
short() { (
  trap '' XFSZ
  ulimit -f 20
  exec "$@"
); }
mkdir small
fails small short "$SERVER" backup --to small/kept --data data
[ -z "$(ls small)" ] || fail "half of it was left: $(ls small)"
if unshare --mount --map-root-user true 2>/dev/null; then
  on_small_disk() {
    unshare --mount --map-root-user bash -c 'mount -t tmpfs -o size=64k none small || exit 9
      "$@"
      status=$?
      [ -z "$(ls small)" ] || exit 8
      exit $status' bash "$@"
  }
  fails "full" on_small_disk "$SERVER" backup --to small/kept --data data
fi

it "is not put where a database is, or a server"
fails "data is in use" "$SERVER" restore --from kept --data data
stop_server
fails "data is not empty" "$SERVER" restore --from kept --data data

it "is not put in place when it is damaged"
cp kept damaged
place=$(grep -abo 'the usual place' damaged | head -n 1 | cut -d : -f 1)
printf X | dd of=damaged bs=1 seek="$place" conv=notrunc status=none
fails "damaged: message [0-9]* is damaged" "$SERVER" restore --check damaged
fails "damaged: message [0-9]* is damaged" "$SERVER" restore --from damaged --data fresh
cp kept short
truncate -s 20000 short
fails "short: " "$SERVER" restore --from short --data fresh
fails "none is no file" "$SERVER" restore --from none --data fresh
[ ! -e fresh ] || fail "a data directory was made"

it "is served after it was put in place, with every message in it"
"$SERVER" restore --from kept --data fresh >restore.out
cut -d : -f 2 restore.out | cmp - <(cut -d : -f 2 backup.out)
rm -r data
mv fresh data
launch_server
connect u1
ok u1 login u1 pw
ok u1 message sink -last-
{
  echo '{"command":"login","data":["sink","pw"]}'
  echo 'expect -last- 20000'
} | "$WIRECAT" 127.0.0.1 "$PORT" --linger 0 >sink.txt
grep -o '"data":\["u[0-9]*","u[^"]*"\]' sink.txt | cut -d '"' -f 6 | sort >got.txt
cut -d ' ' -f 2 <before.txt | grep -v '^$' | sort >want.txt
[ -z "$(uniq -d got.txt)" ] || fail "delivered twice: $(uniq -d got.txt | head -n 3)"
missing=$(comm -23 want.txt got.txt | wc -l)
[ "$missing" -eq 0 ] || fail "$missing of $(wc -l <want.txt) are missing: $(comm -23 want.txt got.txt | head -n 3)"
# And the one to idle.
grep -q ", $(($(wc -l <got.txt) + 1)) messages," backup.out || fail "$(wc -l <got.txt) came: $(<backup.out)"
