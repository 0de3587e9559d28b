#!/usr/bin/env bash
# Frames: announced lengths, slices, first bytes, and how long one may take.
. "$(dirname "$0")/../support/lib.sh"

start_server --limit frame_seconds=0.5 --limit login_seconds=1.5
padded_ping() { # padded_ping BYTES: a ping of exactly so many bytes, into PING
  local rest=$(($1 - 18))
  printf -v PING '{"command":"ping"%*s}' $rest ''
}

it "takes frames up to the limit, before and after the login"
login yoda
connect hans
for size in 18 19 4096; do
  padded_ping $size
  [ ${#PING} -eq $size ] || fail "${#PING} is not $size"
  send hans "$PING"
  expect_next hans '"status":"ok","command":"ping"'
done
padded_ping 65536
send yoda "$PING"
expect_next yoda '"status":"ok","command":"ping"'

it "takes a frame over the smaller limit when it is pipelined behind the login"
padded_ping 65536
{
  echo '{"command":"login","data":["luke","lightsaber"]}'
  echo "$PING"
  echo 'expect "status":"ok","command":"ping"'
} | "$WIRECAT" 127.0.0.1 "$PORT" --linger 0 >answers

bad() { # bad NAME HEX: one error, then the end
  send "$1" "raw $2"
  expect_next "$1" '{"status":"error","command":"","code":"bad_frame"'
  expect_next "$1" '{"wirecat":"closed"}'
  hang_up "$1"
}

it "refuses lengths of zero and over the limit before the login, and closes"
for length in 00000000 00001001 00ffffff; do
  connect eve
  bad eve $length
done
connect eve
ok eve ping
bad eve 7fffffff
connect eve
ok eve ping
bad eve ffffffff

it "refuses them after the login, and allocates nothing of what was announced"
memory
before=$MEMORY
for length in 00000000 00010001 01000000 7fffffff ffffffff; do
  login leia
  bad leia $length
done
watch_memory
memory_bounded "$before" 1024 "five announced lengths"

it "closes silently when the first byte is no frame's"
for byte in 47 16 ff 01; do
  connect eve
  send eve "raw $byte"
  expect_next eve '{"wirecat":"closed"}'
  hang_up eve
done

it "closes a connection whose frame is not complete in time"
connect slow
send slow "raw 00000012 7b"
now
began=$NOW
expect_closed slow 2000
now
[ $((NOW - began)) -ge 450 ] || fail "after $((NOW - began)) ms"

it "closes a connection that does not log in"
connect idle
expect_closed idle 3000

it "answers the same, however the bytes are sliced"
session() {
  echo "slice $1"
  cat <<'STEPS'
{"command":"hello","data":["ack"],"id":1}
{"command":"login","data":["vader","sithlord"],"id":2}
{"command":"whoelse","id":3}
{"command":"block","data":["hans"],"id":4}
{"command":"unblock","data":["hans"],"id":5}
{"command":"message","data":["vader","me"],"id":6}
frame {"command":
{"command":"logout","id":7}
closed
STEPS
}
for slice in 0 1 2 3 5 7 64; do
  session $slice | "$WIRECAT" 127.0.0.1 "$PORT" --linger 0 | sed 's/"last_login":[^,]*,//' >"answers.$slice"
  cmp answers.0 "answers.$slice"
done
[ "$(wc -l <answers.0)" -ge 9 ] || fail "$(<answers.0)"

it "closes five thousand half-written frames in time, in little memory"
restart_server
login yoda
memory
before=$MEMORY
"$CROWD" "$PORT" half 5000 4096 >half.txt 2>half.err &
MEMORY_MOST=0
while ! is_gone $!; do
  watch_memory
  ok yoda ping
  tick
done
wait $! || fail "$(<half.err)"
memory_bounded "$before" $((5000 * 8)) "five thousand connections"
ok yoda whoelse
