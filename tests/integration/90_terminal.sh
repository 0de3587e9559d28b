#!/usr/bin/env bash
# The client on a terminal: typing is never disturbed, passwords are not shown, and the terminal is restored.
. "$(dirname "$0")/../support/lib.sh"

start_server
login yoda
mux() { tmux -L "${WORK##*.}" -f /dev/null "$@"; }
screen() { mux capture-pane -p -t 0; }
shows() { screen | grep -qF -- "$1"; }
# The last line with something in it.
last_line_is() { [ "$(screen | sed -e 's/ *$//' -e '/^$/d' | tail -n 1)" = "$1" ]; }
keys() { mux send-keys -t 0 -l "$1"; }
enter() { mux send-keys -t 0 Enter; }
see() { wait_until "$PATIENCE" shows "$1"; }
# No socket of tmux outlives the test.
end_screen() {
  local status=$?
  screen >screen.log 2>/dev/null || true
  mux kill-server 2>/dev/null || true
  finish "$status"
}
trap end_screen EXIT

SESSION="stty -g >before; sh -c 'echo \$\$ >pid; exec $CLIENT $PORT'; echo \$? >status; stty -g >after; exec sh"
TERM=xterm-256color apart tmux -L "${WORK##*.}" -f /dev/null new-session -d -x 60 -y 20 \
  "$SESSION" &
wait $!

it "asks for name and password, and does not show the password"
see "Username:"
keys hans
see "Username: hans"
enter
see "Password:"
keys falcon
enter
see "Welcome to the greatest messaging application ever!"
! shows falcon || fail "the password is on the screen"

it "leaves the password in no argument, no variable, no file and no history"
! grep -qaF falcon "/proc/$(<pid)/cmdline" "/proc/$(<pid)/environ" || fail "it stands in /proc"
! grep -rqaF falcon "$XDG_STATE_HOME" || fail "$(grep -rlaF falcon "$XDG_STATE_HOME")"
mux send-keys -t 0 Up
keys "x"
wait_until "$PATIENCE" last_line_is "> x"
mux send-keys -t 0 BSpace
wait_until "$PATIENCE" last_line_is ">"

it "keeps the prompt and what is being typed under lines that arrive"
wait_until "$PATIENCE" last_line_is ">"
keys "message yoda half a sen"
wait_until "$PATIENCE" last_line_is "> message yoda half a sen"
ok yoda message hans "did I interrupt?"
see "yoda: did I interrupt?"
wait_until "$PATIENCE" last_line_is "> message yoda half a sen"
for n in 1 2 3 4 5; do ok yoda message hans "line $n"; done
see "yoda: line 5"
wait_until "$PATIENCE" last_line_is "> message yoda half a sen"

it "sends what was typed, in one piece"
keys "tence"
enter
expect yoda '"data":["hans","half a sentence"]'

it "keeps a long line in order when lines arrive"
long="message yoda $(seq -s ' ' 1 30)"
keys "$long"
ok yoda message hans "meanwhile"
see "yoda: meanwhile"
enter
expect yoda "\"data\":[\"hans\",\"$(seq -s ' ' 1 30)\"]"

it "obeys nothing that arrives"
send yoda '{"command":"message","data":["hans","\u001b[2Jgone"]}'
expect yoda '"code":"bad_text"'
send yoda '{"command":"message","data":["hans","\u202egnp.exe"]}'
see "gnp.exe"
see "yoda: line 5"

it "restores the terminal when it is ended from outside"
kill -TERM "$(<pid)"
wait_until "$PATIENCE" test -s after
cmp before after
expect yoda '"data":["hans","offline"]'

it "restores it after a logout too"
rm -f after status
mux respawn-pane -k -t 0 "$SESSION"
see "Username:"
keys hans
enter
see "Password:"
keys falcon
enter
see "Welcome"
keys logout
enter
wait_until "$PATIENCE" test -s after
[ "$(<status)" = 0 ] || fail "exit $(<status)"
cmp before after
