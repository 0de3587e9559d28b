#!/usr/bin/env bash
# The question of trust on a terminal: a server of another machine, met for the first time.
. "$(dirname "$0")/../support/lib.sh"

it "has another machine to talk to"
# Our own address is as good: it is not loopback.
ADDRESS=$(hostname -I 2>/dev/null | grep -oE '[0-9]+(\.[0-9]+){3}' | head -n 1 || true)
if [ -z "$ADDRESS" ]; then
  skip "this machine has no address but loopback"
  exit 0
fi
start_server
PIN=$("$SERVER" pin --data data)
KNOWN=$XDG_STATE_HOME/sockchat/known_servers

mux() { tmux -L "${WORK##*.}" -f /dev/null "$@"; }
screen() { mux capture-pane -p -J -t 0; }
shows() { screen | grep -qF -- "$1"; }
count() { [ "$(screen | grep -cF -- "$1")" -eq "$2" ]; }
keys() { mux send-keys -t 0 -l "$1"; }
enter() { mux send-keys -t 0 Enter; }
see() { wait_until "$PATIENCE" shows "$1"; }
end_screen() {
  local status=$?
  screen >screen.log 2>/dev/null || true
  mux kill-server 2>/dev/null || true
  finish "$status"
}
trap end_screen EXIT

session() { echo "rm -f status; $CLIENT $ADDRESS $PORT ${1:-}; echo \$? >status; exec sh"; }
begin() { mux respawn-pane -k -t 0 "$(session "$@")"; }
ended() { # ended STATUS
  wait_until "$PATIENCE" test -s status
  [ "$(<status)" = "$1" ] || fail "exit $(<status), not $1"
}
TERM=xterm-256color apart tmux -L "${WORK##*.}" -f /dev/null new-session -d -x 140 -y 30 "$(session)" &
wait $!

it "shows the whole key and asks; only yes and no are answers"
see "The key of $ADDRESS:$PORT is $PIN"
see "Trust it? (yes/no):"
keys y
enter
wait_until "$PATIENCE" count "Trust it? (yes/no):" 2
keys hans
enter
wait_until "$PATIENCE" count "Trust it? (yes/no):" 3
[ ! -e "$KNOWN" ] || fail "it is remembered without a yes"
! shows Username || fail "it goes on without a yes"

it "ends with 1 after a no"
keys no
enter
ended 1
[ ! -e "$KNOWN" ] || fail "it is remembered after a no"

it "ends with 1 at the end of the input"
begin
see "Trust it? (yes/no):"
mux send-keys -t 0 C-d
ended 1

it "asks without the editor too"
begin --plain
see "Trust it? (yes/no):"
keys maybe
enter
wait_until "$PATIENCE" count "Trust it? (yes/no):" 2
keys no
enter
ended 1

it "goes on after a yes, remembers it, and does not offer the answer as a command"
begin
see "Trust it? (yes/no):"
keys yes
enter
see "Username:"
[ "$(<"$KNOWN")" = "$ADDRESS:$PORT $PIN" ] || fail "$(<"$KNOWN")"
keys hans
enter
see "Password:"
keys falcon
enter
see "Welcome to the greatest messaging application ever!"
mux send-keys -t 0 Up
keys logout
enter
ended 0

it "does not ask a second time"
begin
see "Username:"
! shows "Trust it" || fail "it asks again"
stop_server
