#!/usr/bin/env bash
# Three people and a server: what they type (>) and what they see (<), with the real programs. `make demo` runs it; it
# also stands in the README.
# shellcheck source=tests/support/lib.sh
. "$(dirname "$0")/../tests/support/lib.sh"

chapter() { printf '\n%s\n\n' "$1"; }
line() { printf '  %-6s %s %s\n' "$1" "$2" "$3"; }
says() {
  line "$1" '>' "$2"
  types "$1" "$2"
}
reads() {
  sees "$1" "$2"
  line "$1" '<' "$2"
}
enters() { # enters NAME: starts a client and logs in
  client "$1"
  line "$1" '<' "Username: $1"
  types "$1" "$1"
  line "$1" '<' "Password: (not shown)"
  types "$1" "$(password_of "$1")"
  reads "$1" "Welcome to the greatest messaging application ever!"
}

start_server
echo "A server is running, and Hans, Yoda and Vader have an account on it. Behind > is what they type, behind < what"
echo "they see."

chapter "They log in. Whoever is there already hears of it."
enters hans
enters yoda
reads hans "yoda logged in"
enters vader
reads hans "vader logged in"
reads yoda "vader logged in"

chapter "1. Who else is online?"
says hans whoelse
reads hans vader
reads hans yoda

chapter "2. A message to one user"
says hans "message yoda Hey Dude"
reads yoda "hans: Hey Dude"
says yoda "message hans Dude, a Jedi Master I am"
reads hans "yoda: Dude, a Jedi Master I am"
says hans "message jabba Hey"
reads hans "Error. Invalid user"

chapter "3. A broadcast to everyone"
says vader "broadcast Join the dark side"
reads hans "vader: Join the dark side"
reads yoda "vader: Join the dark side"

chapter "4. Yoda blocks Vader, and takes it back"
says yoda "block vader"
reads yoda "vader is blocked"
says vader "message yoda Hey"
reads vader "Your message could not be delivered as the recipient has blocked you"
says vader "broadcast Anybody there?"
reads vader "Your message could not be delivered to some recipients"
reads hans "vader: Anybody there?"
says yoda "unblock vader"
reads yoda "vader is unblocked"
says vader "message yoda I am your father"
reads yoda "vader: I am your father"

chapter "5. Who was here in the last hour? Vader leaves first."
says vader logout
ends vader
reads hans "vader logged out"
reads yoda "vader logged out"
says hans "whoelsesince 3600"
reads hans vader
reads hans yoda

chapter "6. A message for somebody who is not there"
says hans "message vader Bring milk"
reads hans "(vader is offline; the message will be delivered at the next login)"
enters vader
reads vader "hans: Bring milk"
reads hans "vader logged in"

chapter "7. A private chat, from client to client"
says hans "startprivate yoda"
reads yoda "hans would like to private message, enter y or n: "
says yoda y
reads hans "yoda accepts private messaging"
reads hans "Start private messaging with yoda (direct)"
reads yoda "Start private messaging with hans (direct)"
says hans "private yoda hey dude"
reads yoda "hans(private): hey dude"
says hans "private vader hey dude"
reads hans "Error. Private messaging to vader not enabled"
says yoda "stopprivate hans"
reads hans "yoda stopped private messaging"

for name in hans yoda vader; do types $name logout; done
for name in hans yoda vader; do ends $name; done
stop_server
