#!/usr/bin/env bash
# One client sends as fast as it can; the others do not wait for it.
. "$(dirname "$0")/../support/lib.sh"

start_server
login hans
login yoda
{
  echo '{"command":"login","data":["vader","sithlord"]}'
  for _ in $(seq 1 1000); do echo '{"command":"ping"}'; done
} >pings
# Without an end.
(apart "$WIRECAT" 127.0.0.1 "$PORT") < <(while cat pings 2>/dev/null; do :; done) >/dev/null 2>&1 &
flooder=$!
wait_until 5000 eval 'ok hans whoelse; has_text vader'

it "carries messages while a client floods the server"
times=()
for n in $(seq 1 100); do
  now
  began=$NOW
  ok hans message yoda "$n"
  expect yoda "\"data\":[\"hans\",\"$n\"]"
  now
  times+=($((NOW - began)))
done
slow=$(printf '%s\n' "${times[@]}" | sort -n | sed -n 95p)
[ "$slow" -lt 200 ] || fail "one message in twenty took more than $slow ms"

it "lets a newcomer in"
now
began=$NOW
login luke
now
[ $((NOW - began)) -lt 1000 ] || fail "a login took $((NOW - began)) ms"
kill -KILL $flooder 2>/dev/null || true
