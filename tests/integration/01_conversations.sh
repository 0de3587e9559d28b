#!/usr/bin/env bash
# What people type and see, with the real client: the conversations of the manual.
. "$(dirname "$0")/../support/lib.sh"

start_server
client_login hans
client_login vader
client_login yoda

it "names who else is online, sorted, and tells of arrivals"
sees hans "vader logged in"
sees hans "yoda logged in"
types hans whoelse
sees hans vader
sees_next hans yoda
types yoda whoelse
sees yoda hans
sees_next yoda vader

it "carries a message to one user, and its sender sees nothing"
types hans "message yoda Hey  Dude "
sees yoda "hans: Hey  Dude "
types yoda "message hans Hey, you are"
sees_next hans "yoda: Hey, you are"

it "says what was wrong with a command, and goes on"
types hans "message jabba Hey"
sees_next hans "Error. Invalid user"
types hans "message hans Hey"
sees_next hans "Error. Cannot message self"
types hans "message yoda"
sees_next hans "Usage: message <user> <message>"
types hans "massage yoda Hey"
sees_next hans "Error. Invalid command"
types hans ""
types hans "whoelsesince soon"
find_line hans "$PATIENCE" has_text whoelsesince

it "broadcasts to everybody else"
types vader "broadcast join the dark side"
sees hans "vader: join the dark side"
sees yoda "vader: join the dark side"
types vader "block vader"
sees vader "Error. Cannot block self"

it "blocks a user, who is told only when a message is refused"
types yoda "block hans"
sees yoda "hans is blocked"
types yoda "block hans"
sees_next yoda "Error. hans is already blocked"
types yoda "block jabba"
sees_next yoda "Error. Invalid user"
types hans "message yoda Hey Dude"
sees_next hans "Your message could not be delivered as the recipient has blocked you"
types hans "broadcast anybody there?"
sees_next hans "Your message could not be delivered to some recipients"
sees vader "hans: anybody there?"
types hans whoelse
sees_next hans vader
expect_silence yoda 100

it "unblocks, and replays nothing"
types yoda "unblock hans"
sees_next yoda "hans is unblocked"
types yoda "unblock hans"
sees_next yoda "Error. hans was not blocked"
types hans "message yoda Hey Dude"
sees_next yoda "hans: Hey Dude"

it "remembers who was here in the last seconds"
types vader logout
ends vader
sees hans "vader logged out"
types hans "whoelsesince 600"
sees_next hans vader
sees_next hans yoda
types hans whoelse
sees_next hans yoda

it "keeps messages for the next login, behind the welcome and in order"
types hans "message vader one"
sees_next hans "(vader is offline; the message will be delivered at the next login)"
types hans "message vader two"
sees_next hans "(vader is offline; the message will be delivered at the next login)"
client_login vader
sees_next vader "hans: one"
sees_next vader "hans: two"
sees hans "vader logged in"

it "delivers what waited once only"
types vader logout
ends vader
client_login vader
sees hans "vader logged out"
expect_silence vader 150

it "is alone at last"
sees hans "vader logged in"
types vader logout
types yoda logout
ends vader
ends yoda
for _ in 1 2; do find_line hans "$PATIENCE" has_text " logged out"; done
types hans whoelse
sees_next hans "No one else is online"
types hans logout
ends hans 0

# The seventh conversation is in 71_private_chats.sh.
it "stops in order when it is told to"
stop_server
