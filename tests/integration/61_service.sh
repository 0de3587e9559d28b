#!/usr/bin/env bash
# As a service: what the service manager is told, and that a server that stands still stops telling it.
. "$(dirname "$0")/../support/lib.sh"

start_peer manager "$OUT/tests/notify_listener" "$WORK/notify"
expect manager listening
export NOTIFY_SOCKET=$WORK/notify WATCHDOG_USEC=300000
printf 'registration = "closed"\n' >sockchat.toml

it "says when it serves, and then that its loop turns"
start_server --config sockchat.toml
expect_next manager READY=1
for _ in 1 2 3; do expect_next manager WATCHDOG=1; done

it "is quiet while it stands still, and goes on afterwards"
kill -STOP "$SERVER_PID"
while read_line manager 300; do :; done  # what was under way
expect_silence manager 900
kill -CONT "$SERVER_PID"
expect_next manager WATCHDOG=1
expect_next manager WATCHDOG=1
login hans
ok hans whoelse

it "says when it reads its configuration again, and that it serves whether that was good or not"
for text in 'registration = "open"' 'registration = open'; do
  echo "$text" >sockchat.toml
  kill -HUP "$SERVER_PID"
  expect manager 'RELOADING=1 MONOTONIC_USEC='
  expect manager READY=1
done
connect stranger
ok stranger register lando "cloud city"

it "says when it stops"
stop_server
expect manager STOPPING=1

it "serves without a service manager that can be understood, and says so once"
NOTIFY_SOCKET=nonsense start_server
[ "$(grep -c 'NOTIFY_SOCKET names no socket' server.log)" -eq 1 ] || fail "that was not said once"
login yoda
stop_server

it "serves when the service manager is gone"
hang_up manager
start_server
login hans
stop_server
