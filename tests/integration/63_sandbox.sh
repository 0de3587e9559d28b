#!/usr/bin/env bash
# The server inside the sandbox of its unit, as far as this machine can build one without a service manager: nobody's
# rights, one directory to write in, and only the system calls that the unit allows.
. "$(dirname "$0")/../support/lib.sh"

UNIT=$ROOT/packaging/sockchat.service

# The numbers of the calls that the unit's SystemCallFilter= lines allow, into the file `syscalls`.
allowed_calls() {
  systemd-analyze --no-pager syscall-filter >groups.txt 2>/dev/null
  awk '/^@/ { group = $1; next } /^ +[@a-z0-9_-]+$/ { print group, $1 }' groups.txt >members.txt
  sed -n 's/^SystemCallFilter=//p' "$UNIT" >filters.txt
  echo '#include <sys/syscall.h>' | "${CC:-cc}" -E -dM -x c - | sed -nE 's/^#define __NR_([a-z0-9_]+) ([0-9]+)$/\1 \2/p' >numbers.txt
  awk '
    FILENAME == "members.txt" { members[$1] = members[$1] " " $2; next }
    FILENAME == "numbers.txt" { number[$1] = $2; next }
    function apply(name, allow,   list, count, i) {
      if (name !~ /^@/) { wanted[name] = allow; return }
      count = split(members[name], list, " ")
      for (i = 1; i <= count; ++i) apply(list[i], allow)
    }
    # systemd always adds these to a list of allowed ones.
    FNR == 1 { apply("@default", 1) }
    { allow = !sub(/^~/, "", $0); for (i = 1; i <= NF; ++i) apply($i, allow) }
    END { for (name in wanted) if (wanted[name] && name in number) print number[name] }
  ' members.txt numbers.txt filters.txt >syscalls
}

it "can be built here"
allowed_calls
calls=$(wc -l <syscalls)
if [ "$calls" -lt 100 ] || [ "$calls" -gt 330 ]; then fail "$calls system calls are allowed"; fi
cp "$SERVER" "$WORK/sockchat-server"
printf '#!/bin/sh\nexec %q %q %q "$@"\n' "$OUT/tests/sandbox_run" "$WORK" "$WORK/syscalls" >sandboxed
printf '#!/bin/sh\nexec %q %q "$@"\n' "$WORK/sandboxed" "$WORK/sockchat-server" >server
chmod 755 . sandboxed server sockchat-server
chown -R 65534:65534 .
status=0
./sandboxed true 2>sandbox.err || status=$?
if [ "$status" -eq 77 ]; then
  skip "$(<sandbox.err)"
  exit 0
fi
[ "$status" -eq 0 ] || fail "true fails in it with $status: $(<sandbox.err)"

it "keeps what is in it from everything else"
# The shell that tries needs more calls than the server, but none of these.
! ./sandboxed sh -c 'echo x >/var/tmp/sockchat-probe' 2>/dev/null || fail "/var/tmp can be written"
! ./sandboxed sh -c 'echo x >>/etc/hostname' 2>/dev/null || fail "/etc can be written"
./sandboxed sh -c 'echo x >probe && rm probe && echo x >/tmp/probe' || fail "its own places cannot be written"
[ ! -e /tmp/probe ] || fail "/tmp is not its own"
! ./sandboxed unshare --user true 2>/dev/null || fail "namespaces can be made"
! ./sandboxed mount -t tmpfs none /tmp 2>/dev/null || fail "it can mount"

it "serves in it: accounts, a login, messages"
SERVER=$WORK/server
start_server --registration open
grep -qx $'NoNewPrivs:\t1' "/proc/$SERVER_PID/status" || fail "new privileges are possible"
grep -qx $'Seccomp:\t2' "/proc/$SERVER_PID/status" || fail "no filter"
grep -qx $'CapBnd:\t0000000000000000' "/proc/$SERVER_PID/status" || fail "there are capabilities to get"
grep -q $'^Uid:\t65534\t65534' "/proc/$SERVER_PID/status" || fail "it is somebody"
login hans
login yoda
ok hans message yoda "Hey Dude"
expect yoda '"data":["hans","Hey Dude"]'
ok hans message vader "Bring milk"
connect lando
ok lando register lando "cloud city"
ok lando history '*'
ok hans search dude
"$WORK/server" account list --data data >accounts.txt || fail "the accounts cannot be listed in it"
grep -q lando accounts.txt || fail "a registered account is not listed"

it "goes on in it after a reload and a restart"
kill -HUP "$SERVER_PID"
wait_until "$PATIENCE" grep -q 'SIGHUP: read again' server.log
stop_server
start_server
login vader
expect vader '"data":["hans","Bring milk"]'

it "makes a backup in it, and restores it"
"$WORK/server" backup --to backup.db --data data >backup.txt || fail "no backup in it"
grep -q 'backup.db: 11 accounts, 2 messages' backup.txt || fail "in the backup: $(<backup.txt)"
"$WORK/server" restore --from backup.db --data restored >restore.txt || fail "it cannot be restored in it"
stop_server
