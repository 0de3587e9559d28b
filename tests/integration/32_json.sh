#!/usr/bin/env bash
# The client as a program for programs: --json.
. "$(dirname "$0")/../support/lib.sh"

start_server
login hans
echo wise >secret
chmod 600 secret

it "prints the server's frames as they came, one a line, and its own news"
client yoda --json --user yoda --password-file secret
find_line yoda "$PATIENCE" has_text '{"client":"connected"'
find_line yoda "$PATIENCE" has_text '"command":"login"'
ok hans message yoda "Hey Dude"
find_line yoda "$PATIENCE" has_text '{"command":"message","data":["hans","Hey Dude"],"mid":"'

it "takes typed commands and requests"
types yoda whoelse
find_line yoda "$PATIENCE" has_text '"command":"whoelse"'
has_text '"data":["hans"]' || fail "$LINE"
types yoda '{"command":"message","data":["hans","as a frame"],"id":"mine"}'
find_line yoda "$PATIENCE" has_text '"id":"mine"'
expect hans '"data":["yoda","as a frame"]'

it "prints nothing but JSON"
types yoda "message jabba hello"
find_line yoda "$PATIENCE" has_text unknown_user
types yoda logout
ends yoda 0
! grep -v -e '^> ' -e '^{.*}$' yoda.log || fail "that is no JSON"
