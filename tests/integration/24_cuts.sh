#!/usr/bin/env bash
# Connections that end at any byte, in any way, leave nothing behind.
. "$(dirname "$0")/../support/lib.sh"

start_server
# A session as it goes over the wire, as hex digits.
frames=(
  '{"command":"hello","data":["ack","presence"]}'
  '{"command":"login","data":["hans","falcon"]}'
  '{"command":"message","data":["yoda","Hey Dude"],"cid":"cut-1"}'
  '{"command":"block","data":["luke"]}'
  '{"command":"broadcast","data":["to all"],"cid":"cut-2"}'
  '{"command":"unblock","data":["luke"]}'
  '{"command":"whoelsesince","data":["10"]}'
  '{"command":"passwd","data":["falcon","no"]}'
  '{"command":"logout"}'
)
session=
for frame in "${frames[@]}"; do
  printf -v length '%08x' ${#frame}
  session+=$length$(printf '%s' "$frame" | od -An -v -tx1 | tr -d ' \n')
done
bytes=$((${#session} / 2))

login yoda
ok yoda whoelse
descriptors
before=$DESCRIPTORS
quiet() { # nobody but yoda is left, and no descriptor
  ok yoda whoelse
  descriptors
  has_text '"data":[]' && [ "$DESCRIPTORS" -eq "$before" ]
}

cut_everywhere() { # cut_everywhere HOW...: steps of wirecat behind the cut
  local offset
  for ((offset = 0; offset <= bytes; offset += 1 + RANDOM % 8)); do
    { printf 'raw %s\n' "${session:0:offset*2}" && printf '%s\n' "$@"; } |
      "$WIRECAT" 127.0.0.1 "$PORT" --linger 0 >/dev/null 2>cut.err || fail "at byte $offset: $(<cut.err)"
  done
}

it "survives a reset at any byte of a session"
cut_everywhere reset
wait_until 3000 quiet

it "survives an end at any byte"
cut_everywhere "# and ends"
wait_until 3000 quiet

it "answers what came before a half-close, and then closes too"
cut_everywhere half closed
wait_until 3000 quiet

it "answered the whole session before the half-close"
{ printf 'raw %s\nhalf\nclosed\n' "${session::-$(((${#frames[-1]} + 4) * 2))}"; } |
  "$WIRECAT" 127.0.0.1 "$PORT" >answers
[ "$(grep -c '"status"' answers)" -eq 8 ] || fail "$(<answers)"

it "has delivered the message and the broadcast of all those sessions once"
[ "$(grep -c '"data":\["hans","Hey Dude"\]' yoda.log)" -eq 1 ] || fail "not once"
[ "$(grep -c '"data":\["hans","to all"\]' yoda.log)" -eq 1 ] || fail "not once"
