#!/usr/bin/env bash
# history, search and sessions, typed by people.
. "$(dirname "$0")/../support/lib.sh"

start_server
export TZ=UTC
said() { find_line "$1" "$PATIENCE" has_text "$2"; }

it "shows what two people wrote, the oldest first, and how to ask for more"
client_login hans
client_login yoda
sees hans "yoda logged in"
types hans "history yoda"
sees hans "No messages with yoda"
for n in 1 2 3; do
  types hans "message yoda falcon $n"
  sees yoda "hans: falcon $n"
done
types yoda "message hans a ship"
sees hans "yoda: a ship"
types hans "history yoda"
for text in "hans: falcon 1" "hans: falcon 2" "hans: falcon 3" "yoda: a ship"; do
  read_line hans "$PATIENCE" || fail "nothing came; expected: $text"
  [[ $LINE =~ ^\[20[0-9]{2}-[0-9]{2}-[0-9]{2}\ [0-9]{2}:[0-9]{2}\]\ "$text"$ ]] || fail "$LINE"
done
types hans "history yoda 2"
said hans "] hans: falcon 3"
said hans "] yoda: a ship"
read_line hans "$PATIENCE"
[[ $LINE =~ ^\(older\ ones:\ (history yoda 2 [0-9]+)\)$ ]] || fail "$LINE"
types hans "${BASH_REMATCH[1]}"
said hans "] hans: falcon 1"
said hans "] hans: falcon 2"

it "shows broadcasts by their own name"
types hans "history *"
sees hans "No broadcasts"
types yoda "broadcast to all"
sees hans "yoda: to all"
types hans "history *"
said hans "] yoda: to all"

it "finds words"
found() {
  types hans "search falcon 3"
  while read_line hans "$PATIENCE"; do
    case $LINE in
      *"] hans to yoda: falcon 3") return 0 ;;
      "Nothing found" | *"cannot be found yet)") return 1 ;;
    esac
  done
}
wait_until "$PATIENCE" found
types hans "search nobodysaidthis"
sees hans "Nothing found"

it "lists logins"
types hans sessions
said hans " until now from "
types hans "sessions 0"
sees hans "Usage: sessions [count]"

it "answers wrong questions in its own words"
types hans "history jabba"
sees hans "Error. Invalid user"
types hans history
sees hans "Usage: history <user|*> [count] [before]"
types hans "history yoda many"
sees hans "Usage: history <user|*> [count] [before]"
types hans search
sees hans "Usage: search <words>"
types hans logout
ends hans 0
