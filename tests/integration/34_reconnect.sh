#!/usr/bin/env bash
# The client comes back by itself: the server is killed, restarted, stopped and continued, and people go on talking.
. "$(dirname "$0")/../support/lib.sh"

# The port stays the same over a restart, or nobody would find the server.
start_server
relaunch() {
  rm -f port
  (apart "$SERVER" "$PORT" "$BLOCK" "$TIMEOUT" --data data --credentials credentials.txt --port-file port \
    "${HASHES[@]}" "${SERVER_OPTIONS[@]}") >>server.out 2>>server.log &
  SERVER_PID=$!
  wait_until 10000 server_answers
}

it "says that the connection is lost and that it is back, and nobody misses a word"
client_login hans
client_login yoda
sees hans "yoda logged in"
types hans "message yoda one"
sees yoda "hans: one"
kill_server
sees_next hans "Connection lost. Reconnecting…"
sees_next yoda "Connection lost. Reconnecting…"
types hans "message yoda two"
relaunch
sees hans "Reconnected" 20000
sees yoda "Reconnected" 20000
sees yoda "hans: two"
types yoda "message hans three"
sees hans "yoda: three"
types hans whoelse
sees hans yoda

it "comes back after an orderly stop of the server too"
stop_server
sees_next hans "You have been logged out: the server is shutting down"
sees_next hans "Connection lost. Reconnecting…"
relaunch
sees hans "Reconnected" 20000
sees yoda "Reconnected" 20000
types hans "message yoda four"
sees yoda "hans: four"

it "asks again what was under way, when the server was only stopped"
kill -STOP "$SERVER_PID"
types hans "message yoda five"
types hans whoelse
kill -CONT "$SERVER_PID"
sees yoda "hans: five"
sees hans yoda

it "sends what is typed while there is no server, before it ends"
kill_server
sees hans "Connection lost. Reconnecting…"
types hans "message yoda six"
types hans "broadcast seven"
to=${TO[hans]}
unset "TO[hans]"
exec {to}>&-
relaunch
sees yoda "hans: six" 20000
ends hans 0 20000
types yoda "history hans 2"
find_line yoda "$PATIENCE" has_text "] hans: five"
find_line yoda "$PATIENCE" has_text "] hans: six"
types yoda "history *"
find_line yoda "$PATIENCE" has_text "] hans: seven"
types yoda logout
ends yoda 0

it "ends at once when the input has ended and nothing is left to send"
client_login luke
kill_server
sees luke "Connection lost. Reconnecting…"
to=${TO[luke]}
unset "TO[luke]"
exec {to}>&-
ends luke 0

it "is told of as objects in JSON"
relaunch
echo wise >secret
chmod 600 secret
client yoda --json --user yoda --password-file secret
find_line yoda "$PATIENCE" has_text '"command":"login"'
kill_server
find_line yoda "$PATIENCE" has_text '{"client":"reconnecting","server":"localhost:'
relaunch
find_line yoda 20000 has_text '{"client":"connected","server":"localhost:'
has_text '"resumed":true' || has_text '"resumed":false' || fail "$LINE"
types yoda logout
ends yoda 0

it "logs in with its password file where its token has died"
client yoda --user yoda --password-file secret
sees yoda "Welcome to the greatest messaging application ever!"
kill_server
sees yoda "Connection lost. Reconnecting…"
# All but its key, or the client would not speak to it any more.
mv data/identity.pem identity.pem
rm -rf data
mkdir -m 700 data
mv identity.pem data
relaunch
sees yoda "Reconnected" 20000
types yoda "message hans from the new server"
sees yoda "(hans is offline; the message will be delivered at the next login)"

it "shows what a server says that has begun anew, whatever numbers it has"
client_login hans
sees hans "yoda: from the new server"
types hans logout
ends hans 0
types yoda logout
ends yoda 0
stop_server
