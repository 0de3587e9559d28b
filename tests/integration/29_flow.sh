#!/usr/bin/env bash
# What is not read costs little: memory has its bound for one reader, for hundreds, and in the kernel; and whoever
# asks without reading the answers costs nobody the processor.
. "$(dirname "$0")/../support/lib.sh"

for n in $(seq 1 270); do echo "u$n pw"; done >>credentials.txt
start_server --limit message_rate=0 --limit broadcast_rate=0 --limit query_rate=0 \
  --limit send_queue_soft=128KiB --limit send_queue_hard=256KiB
wait_until 20000 grep -q 'imported 2[78][0-9]' server.log
printf -v long '%15000s' ''
long=${long// /x}

# tell NAME COUNT: so many messages of 15 KB, ten under way at any time; all are answered.
tell() {
  local n
  {
    echo '{"command":"login","data":["u1","pw"]}'
    echo 'expect "command":"login"'
    for n in $(seq 1 "$2"); do
      echo "{\"command\":\"message\",\"data\":[\"$1\",\"$long\"],\"id\":$n}"
      [ $((n % 10)) -ne 0 ] || echo "expect {\"status\":\"ok\",\"command\":\"message\",\"id\":$n,"
    done
  } >requests
  (apart "$WIRECAT" 127.0.0.1 "$PORT" --linger 0) <requests >answers 2>tell.err &
  local teller=$!
  is_told() {
    watch_memory
    is_gone $teller
  }
  wait_until 20000 is_told
  wait $teller || fail "$(<tell.err)"
}

# What the kernel keeps of the server's output to whom it keeps most, in KiB, into KERNEL_QUEUE.
kernel_queue() {
  local port address queue
  printf -v port %04X "$PORT"
  KERNEL_QUEUE=0
  while read -r _ address _ _ queue _; do
    [ "${address##*:}" = "$port" ] || continue
    queue=$((16#${queue%:*} / 1024))
    [ "$queue" -le "$KERNEL_QUEUE" ] || KERNEL_QUEUE=$queue
  done < <(cat /proc/net/tcp /proc/net/tcp6)
}

it "grows by no more than a queue for one reader that stalls, in the server and in the kernel"
login hans
tell leia 500 # warms what grows once
connect luke --rcvbuf 2048
ok luke hello ack
ok luke login luke "$(password_of luke)"
send luke stop
memory
before=$MEMORY
MEMORY_MOST=0
tell luke 200
memory_bounded "$before" $((256 + 64)) "3 MB of messages for one reader"
kernel_queue
[ "$KERNEL_QUEUE" -gt 0 ] && [ "$KERNEL_QUEUE" -le 256 ] || fail "the kernel keeps $KERNEL_QUEUE KiB"
hang_up luke

# flood REQUEST...: never reads an answer. The first requests, then the last one without an end.
flood() {
  local asked=$#
  requests() {
    while [ $# -gt 1 ]; do
      echo "$1"
      echo 'expect "status":"ok"'
      shift
    done
    echo stop
    for _ in $(seq 1 2000); do echo "$1"; done >"pings.$asked"
    while cat "pings.$asked" 2>/dev/null; do :; done
  }
  (apart "$WIRECAT" 127.0.0.1 "$PORT" --rcvbuf 2048) < <(requests "$@") >/dev/null 2>&1 &
}

# Processor time that the server has used, in hundredths of a second, into TICKS.
ticks() {
  local fields
  read -r -a fields <"/proc/$SERVER_PID/stat"
  TICKS=$((fields[13] + fields[14]))
}
# The server does next to nothing for two seconds.
is_calm() {
  ticks
  local began=$TICKS
  expect_silence hans 2000
  ticks
  watch_memory
  BUSY=$((TICKS - began))
  [ "$BUSY" -le 20 ]
}

it "does not work for who asks without reading the answers, before login or after"
memory
before=$MEMORY
MEMORY_MOST=0
text=0123456789012345678901234567890123456789012345678901234567890123
flood "{\"command\":\"ping\",\"id\":\"$text\"}"
flood '{"command":"login","data":["yoda","wise"]}' "{\"command\":\"ping\",\"id\":\"$text\"}"
expect hans '"data":["yoda","online"]' 20000
wait_until 20000 is_calm
memory_bounded "$before" $((2 * 1024 + 64)) "answers that nobody reads"
stop_server

it "closes stalled readers when they hold too much together, and nobody who reads"
SERVER_OPTIONS+=(--limit send_memory_max=64KiB --log-level debug)
launch_server
memory
before=$MEMORY
MEMORY_MOST=0
(apart "$CROWD" "$PORT" stall 250 20 500) >crowd.txt 2>crowd.err &
crowd=$!
is_over() {
  watch_memory
  is_gone $crowd
}
wait_until 40000 is_over
wait $crowd || fail "$(<crowd.err)"
grep -q 'reason=slow_consumer' server.log || fail "nobody was closed"
memory_bounded "$before" $((16 * 1024)) "500 KB of broadcasts for 250 readers"
