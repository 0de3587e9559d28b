# shellcheck shell=bash
# What the integration tests share: a server of their own, raw connections (wirecat) and real clients, and the words
# to drive them. A test file sources this, starts a server, and then tells stories:
#
#   it "delivers a message to a user who is online"
#   login hans; login yoda
#   ask hans message yoda "Hey Dude"
#   expect yoda '"data":["hans","Hey Dude"]'
#
# The first thing that does not hold ends the file: `not ok`, what was expected, and every transcript. Nothing here
# sleeps; every wait is for a condition, with a deadline in milliseconds.
set -Eeuo pipefail
export LC_ALL=C.UTF-8
shopt -s extglob

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SELF=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
OUT=${OUT:-$ROOT/build/release}
SERVER=$OUT/sockchat-server
CLIENT=$OUT/sockchat
WIRECAT=$OUT/tests/wirecat
CROWD=$OUT/tests/crowd
PATIENCE=${PATIENCE:-5000}
BLOCK=60
TIMEOUT=600
# What is checked is the messenger, not the strength of its hashes.
HASHES=(--hash-memory 8 --hash-iterations 1)

[ -x "$SERVER" ] || { echo "not ok - $SERVER is not there: make integration" && exit 1; }

WORK=$(mktemp -d "${TMPDIR:-/tmp}/sockchat-test.XXXXXX")
cd "$WORK"  # no ./credentials.txt and no ./sockchat-data but our own
cp "$ROOT/credentials.txt" credentials.txt
chmod 600 credentials.txt
export XDG_STATE_HOME=$WORK/state  # what the clients remember

CASE=
SERVER_PID=
PORT=
LINE=
NOW=0
declare -A TO FROM PEER PARTIAL

# --- stories and their end

it() {
  [ -z "$CASE" ] || echo "ok - $CASE"
  CASE=$1
}

skip() {
  echo "skip - $CASE: $1"
  CASE=
}

fail() {
  echo "$*" >&3
  exit 1
}

# leaked FILE...: prints what stands in one of them and must not: passwords, tokens and texts of this test.
leaked() {
  {
    tr -d '\r' <credentials.txt | sed 's/^[^ ]* //'
    cat ./*.log 2>/dev/null | grep -oE '"token":"[^"]+' | cut -d '"' -f 4
    cat ./*.log 2>/dev/null | sed -nE 's/^> \{"command":"(message|broadcast)","data":\[("[^"]*",)?"([^"]*)"\].*/\3/p'
  } | awk 'length >= 6' | sort -u >secrets
  [ ! -s secrets ] || grep -aohF -f secrets "$@" 2>/dev/null | sort -u | head -n 3
}

# finish [STATUS]
finish() {
  local status=${1:-$?} leak
  trap - EXIT ERR
  set +e
  leak=$(leaked server.log server.out)
  if [ "$status" -eq 0 ] && [ -n "$leak" ]; then
    CASE="keeps passwords, tokens and texts out of the server's log" status=1
    echo "it says: $leak" >why
  fi
  if [ "$status" -eq 0 ]; then
    [ -z "$CASE" ] || echo "ok - $CASE"
  else
    echo "not ok - ${CASE:-$(basename "$0") starts}"
    sed 's/^/    /' why
    local file
    for file in *.log *.err; do
      [ -s "$file" ] || continue
      echo "    --- $file (its end)"
      tail -n 20 "$file" | cut -c 1-400 | sed 's/^/    /'
    done
  fi
  exec 2>/dev/null
  local pid
  for pid in $(jobs -p); do kill -KILL "$pid"; done
  wait
  cd /
  [ -n "${KEEP:-}" ] && echo "    kept: $WORK" || rm -rf --one-file-system "$WORK"
  exit "$status"
}

exec 3>why
trap 'exit 124' TERM INT
trap : PIPE  # a failed write is an error like any other
trap '[ "$BASH_SUBSHELL" -gt 0 ] || echo "${BASH_SOURCE[0]##*/} line $LINENO: $BASH_COMMAND" >&3' ERR
trap finish EXIT

# --- time

now() { NOW=${EPOCHREALTIME/[.,]/} && NOW=${NOW%???}; }

mkfifo never
exec {NEVER}<>never
# A look at the condition every 20 ms; nobody ever writes there.
tick() { read -r -t 0.02 -u "$NEVER" _ || true; }

# wait_until MS COMMAND...: until the command succeeds.
wait_until() {
  local patience=$1
  shift
  now
  local deadline=$((NOW + patience))
  until "$@"; do
    now
    [ "$NOW" -lt "$deadline" ] || fail "not within $patience ms: $*"
    tick
  done
}

is_gone() { ! kill -0 "$1" 2>/dev/null; }

# --- programs in the background

# In a subshell: runs a program that holds none of our ends of other programs' pipes.
apart() {
  local fd
  for fd in 3 "$NEVER" "${TO[@]}" "${FROM[@]}"; do exec {fd}>&-; done
  exec "$@"
}

# start_server [options]: $BLOCK, $TIMEOUT and the accounts of credentials.txt. Sets PORT and SERVER_PID.
start_server() {
  SERVER_OPTIONS=("$@")
  launch_server
}

launch_server() {
  rm -f port
  (apart "$SERVER" 0 "$BLOCK" "$TIMEOUT" --data data --credentials credentials.txt --port-file port \
    "${HASHES[@]}" "${SERVER_OPTIONS[@]}") >>server.out 2>>server.log &
  SERVER_PID=$!
  wait_until 10000 server_answers
  PORT=$(<port)
}

server_answers() {
  [ -s port ] && return
  ! is_gone "$SERVER_PID" || fail "the server ended instead of serving"
  return 1
}

# In order; exit 0 is part of the promise, and so is an empty stdout.
stop_server() {
  kill -TERM "$SERVER_PID"
  server_ends 0
  [ ! -s server.out ] || fail "the server wrote to stdout: $(head -n 3 server.out)"
}

# server_ends STATUS [MS]
server_ends() {
  wait_until "${2:-10000}" is_gone "$SERVER_PID"
  local status=0
  wait "$SERVER_PID" || status=$?
  [ "$status" -eq "$1" ] || fail "the server ended with $status, not $1"
}

kill_server() {
  kill -KILL "$SERVER_PID"
  wait "$SERVER_PID" 2>/dev/null || true
}

# The same data and options, perhaps another port.
restart_server() {
  is_gone "$SERVER_PID" || stop_server
  launch_server
}

# start_peer NAME COMMAND...: a program that is driven line by line. Transcript in NAME.log.
start_peer() {
  local name=$1 to from
  shift
  rm -f "$name.to" "$name.from"
  mkfifo "$name.to" "$name.from"
  (apart "$@") <"$name.to" >"$name.from" 2>>"$name.err" &
  PEER[$name]=$!
  exec {to}>"$name.to" {from}<"$name.from"
  TO[$name]=$to FROM[$name]=$from PARTIAL[$name]=
}

put_line() {
  printf '> %s\n' "$2" >>"$1.log"
  printf '%s\n' "$2" >&"${TO[$1]}"
}

# read_line NAME MS: the next line into LINE. 1 at the end of the output, more than 128 when the time is over.
read_line() {
  local name=$1 status=0 seconds
  printf -v seconds '%d.%03d' $(($2 / 1000)) $(($2 % 1000))
  IFS= read -r -t "$seconds" -u "${FROM[$name]}" LINE || status=$?
  LINE=${PARTIAL[$name]}$LINE
  PARTIAL[$name]=
  [ "$status" -le 128 ] || PARTIAL[$name]=$LINE
  [ "$status" -ne 0 ] || printf '%s\n' "$LINE" >>"$name.log"
  return "$status"
}

# find_line NAME MS MATCH TEXT: reads on until MATCH (one of the two below) holds of a line and the text.
find_line() {
  local name=$1 patience=$2 match=$3 text=$4
  now
  local deadline=$((NOW + patience))
  while [ "$NOW" -lt "$deadline" ]; do
    read_line "$name" $((deadline - NOW)) || break
    ! "$match" "$text" || return 0
    now
  done
  fail "$name: not within $patience ms: $text"
}

has_text() { [[ $LINE == *"$1"* ]]; }
# A prompt has no line of its own in a pipe.
is_line() { [ "${LINE##*(Username: |Password: )}" = "$1" ]; }

# expect_silence NAME MS: nothing comes.
expect_silence() {
  ! read_line "$1" "$2" || fail "$1: silence was expected for $2 ms, and there came: $LINE"
  [ -z "${PARTIAL[$1]}" ] || fail "$1: silence was expected for $2 ms, and there came: ${PARTIAL[$1]}"
}

# hang_up NAME: its input ends, and so does it.
hang_up() {
  local to=${TO[$1]} from=${FROM[$1]}
  unset "TO[$1]" "FROM[$1]"
  exec {to}>&- {from}<&-
  wait_until "$PATIENCE" is_gone "${PEER[$1]}"
}

# --- raw connections

# connect NAME [wirecat options]
connect() {
  local name=$1
  shift
  start_peer "$name" "$WIRECAT" 127.0.0.1 "$PORT" --linger 0 "$@"
}

# send NAME STEP: a JSON text to send as a frame, or another step of wirecat.
send() { put_line "$1" "$2"; }

json_of() {
  local command=$1 data='' argument
  shift
  for argument in "$@"; do data+=${data:+,}\"$argument\"; done
  REQUEST="{\"command\":\"$command\",\"data\":[$data]}"
}

# ask NAME COMMAND [ARGUMENTS]: a request of words that need no escapes. The reply comes when it comes.
ask() {
  local name=$1
  shift
  json_of "$@"
  send "$name" "$REQUEST"
}

# expect NAME SUBSTRING [MS]: skips frames until one has it.
expect() { find_line "$1" "${3:-$PATIENCE}" has_text "$2"; }

# expect_next NAME SUBSTRING [MS]: the next frame has it.
expect_next() {
  read_line "$1" "${3:-$PATIENCE}" || fail "$1: nothing came within ${3:-$PATIENCE} ms; expected: $2"
  [[ $LINE == *"$2"* ]] || fail "$1: expected: $2, and there came: $LINE"
}

# expect_closed NAME [MS]: the server closes; frames before that are skipped.
expect_closed() { expect "$1" '{"wirecat":"closed"}' "${2:-$PATIENCE}"; }

# ok NAME COMMAND [ARGUMENTS]: asks, and waits for the good answer.
ok() {
  ask "$@"
  expect "$1" "{\"status\":\"ok\",\"command\":\"$2\""
}

# refused NAME CODE COMMAND [ARGUMENTS]: asks, and waits for the error.
refused() {
  local name=$1 code=$2
  shift 2
  ask "$name" "$@"
  expect "$name" "{\"status\":\"error\",\"command\":\"$1\""
  [[ $LINE == *"\"code\":\"$code\""* ]] || fail "$name: $1 should be refused as $code: $LINE"
}

password_of() { sed -n "s/^$1 //p" "$WORK/credentials.txt" | tr -d '\r'; }

# login NAME [wirecat options]: connects as the user of that name.
login() {
  connect "$@"
  ok "$1" login "$1" "$(password_of "$1")"
}

# --- real clients

# client NAME [options]: the program in a pipe, not logged in yet.
client() {
  local name=$1
  shift
  start_peer "$name" "$CLIENT" "$PORT" "$@"
}

# client_login NAME: as the user of that name, up to the welcome.
client_login() {
  client "$@"
  types "$1" "$1"
  types "$1" "$(password_of "$1")"
  sees "$1" "Welcome to the greatest messaging application ever!"
}

types() { put_line "$1" "$2"; }

# sees NAME LINE [MS]: skips lines until this one; prompts before it do not count.
sees() { find_line "$1" "${3:-$PATIENCE}" is_line "$2"; }

# sees_next NAME LINE [MS]: the next line is this one.
sees_next() {
  read_line "$1" "${3:-$PATIENCE}" || fail "$1: nothing came within ${3:-$PATIENCE} ms; expected: $2"
  is_line "$2" || fail "$1: expected: $2, and there came: $LINE"
}

# ends NAME [STATUS] [MS]: the program ends by itself.
ends() {
  local patience=${3:-$PATIENCE} status=0
  now
  local deadline=$((NOW + patience))
  while read_line "$1" "$patience"; do
    now
    [ "$NOW" -lt "$deadline" ] || break
  done
  wait_until "$patience" is_gone "${PEER[$1]}"
  wait "${PEER[$1]}" || status=$?
  [ "$status" -eq "${2:-0}" ] || fail "$1 ended with $status, not ${2:-0}"
}

# kept_once FILE: the user `sink` has got every message that FILE names, one a line, and none twice. Only after all load.
kept_once() {
  "$CROWD" "$PORT" load 1 1 last >/dev/null
  {
    echo '{"command":"login","data":["sink","pw"]}'
    echo 'expect -last- 20000'
  } | "$WIRECAT" 127.0.0.1 "$PORT" --linger 200 >sink.txt
  grep -o '"data":\["u[0-9]*","[^"]*"\]' sink.txt | cut -d '"' -f 6 | sort >got.txt
  [ -z "$(uniq -d got.txt)" ] || fail "delivered twice: $(uniq -d got.txt | head -n 3)"
  local missing
  missing=$(sort "$1" | comm -23 - got.txt | wc -l)
  [ "$missing" -eq 0 ] || fail "$missing of $(wc -l <"$1") are missing"
}

# --- what the system says of the server

# Resident memory of the server, in KiB, into MEMORY; the most that watch_memory saw stands in MEMORY_MOST.
MEMORY_MOST=0
memory() { MEMORY=$(awk '/^VmRSS:/ { print $2 }' "/proc/$SERVER_PID/status"); }

# memory_bounded BEFORE KIB WHY: the server has not grown by more. A sanitizer's memory is not judged.
memory_bounded() {
  local grown=$((MEMORY_MOST - $1))
  [[ $OUT == *san ]] || [ "$grown" -lt "$2" ] || fail "grew by $grown KiB: $3"
}
watch_memory() {
  memory
  [ "$MEMORY" -le "$MEMORY_MOST" ] || MEMORY_MOST=$MEMORY
}

# Open descriptors of the server, into DESCRIPTORS.
descriptors() {
  local open=("/proc/$SERVER_PID/fd/"*)
  DESCRIPTORS=${#open[@]}
}
