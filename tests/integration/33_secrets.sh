#!/usr/bin/env bash
# What nobody may read: passwords, anywhere; bodies and what was typed into the name prompt, in the log.
. "$(dirname "$0")/../support/lib.sh"

# Found in a file or not; binary files too.
holds() { grep -qaF -e "$1" "${@:2}"; }
nowhere() { # nowhere TEXT FILES
  ! holds "$1" "${@:2}" || fail "$1 stands in $(grep -laF -e "$1" "${@:2}" | tr '\n' ' ')"
}

echo "canary first-canary-password" >>credentials.txt
start_server --log-level trace --registration open

it "keeps no password in the data directory, whether imported, registered, changed or wrong"
login hans
login canary
connect guest
refused guest bad_credentials login hans wrong-canary-password
refused guest bad_credentials login canary-typed-as-a-name some-canary-password
ok guest register lando registered-canary-password
ok canary passwd first-canary-password changed-canary-password
ok hans message canary body-canary-of-a-message
expect canary body-canary-of-a-message
ok hans broadcast body-canary-of-a-broadcast
hang_up guest
stop_server
for text in first-canary wrong-canary some-canary registered-canary changed-canary; do
  nowhere "$text" data/*
done
holds '$argon2id$' data/sockchat.db || fail "no Argon2id hash is there at all"

it "keeps no name that nobody has"
nowhere canary-typed-as-a-name data/*

it "logs no password, no body and no unknown name"
for text in first-canary wrong-canary some-canary registered-canary changed-canary canary-typed body-canary; do
  nowhere "$text" server.log
done
holds 'user="canary"' server.log || fail "the log does not even name who logged in"

it "has a look for secrets at the end of every test, which finds them"
[ -z "$(leaked server.log)" ] || fail "$(leaked server.log)"
for text in first-canary-password body-canary-of-a-message body-canary-of-a-broadcast; do
  echo "a line with $text in it" >leaky
  [ "$(leaked leaky)" = "$text" ] || fail "$text is not found"
done

it "shows no password among the client's arguments"
restart_server
echo "changed-canary-password" >secret
chmod 600 secret
client reader --user canary --password-file secret
sees reader "Welcome to the greatest messaging application ever!"
nowhere changed-canary "/proc/${PEER[reader]}/cmdline" "/proc/${PEER[reader]}/environ"
types reader logout
ends reader 0

it "makes its files readable for the owner alone"
[ "$(stat -c %a data)" = 700 ] || fail "data: $(stat -c %a data)"
for file in data/*; do
  [ "$(stat -c %a "$file")" = 600 ] || fail "$file: $(stat -c %a "$file")"
done
stop_server
