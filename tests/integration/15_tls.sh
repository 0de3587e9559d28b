#!/usr/bin/env bash
# TLS on the same port as clear text: versions, pins, certificates, and their change while people are connected.
. "$(dirname "$0")/../support/lib.sh"

pin_in() { sed -n 's/.* the key has the pin //p' server.log | tail -n 1; }
# probe [options of openssl s_client]: in probe.log, and its exit code.
probe() { timeout 10 openssl s_client -connect "127.0.0.1:$PORT" "$@" </dev/null >probe.log 2>&1; }
log_has() { grep -qF -- "$1" server.log; }
# certificate NAME ALGORITHM...: NAME.pem and NAME.key
certificate() {
  local name=$1
  shift
  openssl req -x509 -newkey "$@" -nodes -days 30 -subj "/CN=$name" -keyout "$name.key" -out "$name.pem" 2>/dev/null
}
pin_of_pem() {
  openssl x509 -in "$1" -pubkey -noout | openssl pkey -pubin -outform DER | openssl dgst -sha256 | sed 's/.* //'
}

start_server

it "makes a key at the first start, and tells its pin, also as an invitation"
pin=$(pin_in)
[[ $pin =~ ^[0-9a-f]{64}$ ]] || fail "no pin: $pin"
log_has "invitation: $(hostname):$PORT#$pin" || fail "no invitation"
[ "$("$SERVER" pin --data data)" = "$pin" ] || fail "sockchat-server pin says something else"
[ "$(stat -c %a data/identity.pem)" = 600 ] || fail "others may read the key"

it "serves TLS and clear text on one port"
login hans --tls
login yoda
ok hans message yoda "across"
expect yoda '"data":["hans","across"]'
ok yoda message hans "and back"
expect hans '"data":["yoda","and back"]'

it "shows the key that it says it has"
connect vader --tls
expect vader "{\"wirecat\":\"secured\",\"pin\":\"$pin\"}"
hang_up vader
probe -showcerts || fail "openssl cannot connect"
openssl x509 -in probe.log -out shown.pem
[ "$(pin_of_pem shown.pem)" = "$pin" ] || fail "openssl computes another pin"

it "speaks TLS 1.3 and nothing else: no older version, no ticket, no early data, no compression, no renegotiation"
probe -tls1_3 || fail "TLS 1.3 is refused"
grep -q 'New, TLSv1.3' probe.log || fail "$(grep New, probe.log)"
grep -q 'Early data was not sent' probe.log || fail "$(grep -i early probe.log)"
grep -q 'Compression: NONE' probe.log || fail "$(grep Compression probe.log)"
! grep -q 'New Session Ticket' probe.log || fail "there is a ticket"
for version in -tls1 -tls1_1 -tls1_2; do
  ! probe $version -cipher 'ALL:@SECLEVEL=0' || fail "$version is accepted"
done
# Version 1.3 has none; a client that asks for it all the same is told so by its own library.
echo R | timeout 10 openssl s_client -connect "127.0.0.1:$PORT" >probe.log 2>&1 || true
grep -q 'can_renegotiate:wrong ssl version' probe.log || fail "there is renegotiation"

it "answers what begins like TLS and is none with an alert, and closes"
answer=$(
  exec 3<>"/dev/tcp/127.0.0.1/$PORT"
  printf '\x16\x03\x01\x00\x05hello' >&3
  timeout 5 od -An -tx1 <&3 || echo "not closed"
)
[[ $answer =~ ^\ 15\ 03\ 0[1-4]\ 00\ 02\ 02\ ..$ ]] || fail "$answer"

it "has the same key after a restart"
stop_server
launch_server
[ "$(pin_in)" = "$pin" ] || fail "another key: $(pin_in)"
stop_server

it "takes a certificate of the operator's, of each kind"
for kind in rsa:2048 'ec -pkeyopt ec_paramgen_curve:P-256' ed25519; do
  # shellcheck disable=SC2086 # several words
  certificate given $kind
  start_server --tls-cert given.pem --tls-key given.key
  [ "$(pin_in)" = "$(pin_of_pem given.pem)" ] || fail "$kind: another pin"
  [ "$("$SERVER" pin --tls-cert given.pem)" = "$(pin_in)" ] || fail "$kind: pin says something else"
  login hans --tls
  hang_up hans
  stop_server
done

it "reads it again on SIGHUP, and nobody who is connected notices"
start_server --tls-cert given.pem --tls-key given.key
login hans --tls
before=$(pin_in)
certificate given ed25519
kill -HUP "$SERVER_PID"
wait_until 5000 log_has "SIGHUP: the key has the pin $(pin_of_pem given.pem)"
[ "$(pin_in)" != "$before" ] || fail "the same key"
login yoda --tls
ok hans message yoda "still here"
expect yoda '"data":["hans","still here"]'
connect vader --tls
expect vader "\"pin\":\"$(pin_in)\""

it "keeps the old one when the new one cannot be used"
pin=$(pin_in)
echo nonsense >given.pem
kill -HUP "$SERVER_PID"
wait_until 5000 log_has "SIGHUP: nothing is changed: given.pem and given.key: there is no certificate"
rm given.pem
kill -HUP "$SERVER_PID"
wait_until 5000 log_has "SIGHUP: nothing is changed: cannot read given.pem: No such file or directory"
connect leia --tls
expect leia "\"pin\":\"$pin\""
ok hans ping
for name in hans yoda vader leia; do hang_up $name; done
stop_server

it "does not start with files that cannot be used, and says which"
not_started() { # TEXT OPTIONS...
  local text=$1
  shift
  local status=0
  "$SERVER" 0 "$BLOCK" "$TIMEOUT" --data data "$@" >out 2>err || status=$?
  [ $status -eq 1 ] || fail "it ended with $status: $(<err)"
  [ "$(<err)" = "sockchat-server: $text" ] || fail "$(<err)"
}
certificate one ed25519
certificate other ed25519
not_started "cannot read none.pem: No such file or directory" --tls-cert none.pem --tls-key one.key
"$SERVER" 0 "$BLOCK" "$TIMEOUT" --data data --tls-cert one.pem --tls-key other.key 2>err && fail "it started"
[[ $(<err) == "sockchat-server: one.pem and other.key: the key is not the certificate's"* ]] || fail "$(<err)"
openssl pkey -in one.key -aes256 -passout pass:secret -out locked.key
"$SERVER" 0 "$BLOCK" "$TIMEOUT" --data data --tls-cert one.pem --tls-key locked.key 2>err </dev/null && fail "it started"
[[ $(<err) == *"there is no key that can be read without a password"* ]] || fail "$(<err)"
cp data/identity.pem identity.whole
head -c 100 identity.whole >data/identity.pem
"$SERVER" 0 "$BLOCK" "$TIMEOUT" --data data 2>err && fail "it started"
[[ $(<err) == "sockchat-server: data/identity.pem is damaged: "* ]] || fail "$(<err)"
cp identity.whole data/identity.pem

it "takes clear text from nobody with --plaintext never"
start_server --plaintext never
connect hans
send hans '{"command":"ping"}'
expect hans '"code":"tls_required"'
expect_closed hans
hang_up hans
login yoda --tls
