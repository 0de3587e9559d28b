#!/usr/bin/env bash
# A cable that is pulled, and a machine without free ports: each in a network of its own.
. "$(dirname "$0")/../support/lib.sh"

it "needs networks of its own"
if ! unshare --net true 2>/dev/null || ! command -v ip >/dev/null; then
  skip "no network namespace can be made"
  exit 0
fi
# apart_net NAME: a program that keeps a network alive as long as the test; its id into NET[NAME].
declare -A NET
make_net() {
  (apart unshare --net sh -c "ip link set lo up && echo up >$1.up && exec cat never") 2>"$1.net.err" &
  NET[$1]=$!
  wait_until 3000 test -s "$1.up"
}
in_net() { nsenter --net="/proc/${NET[$1]}/ns/net" "${@:2}"; }
CASE=

make_net shore
make_net island
if ! in_net shore ip link add cable type veth peer name cable netns "${NET[island]}" 2>veth.err; then
  it "sees who is cut off as offline within the time, and keeps what they are sent"
  skip "no virtual cable can be made"
  exit 0
fi
in_net shore ip addr add 10.77.0.1/24 dev cable
in_net shore ip link set cable up
in_net island ip addr add 10.77.0.2/24 dev cable
in_net island ip link set cable up

# The server and the others are ashore.
launch_server() {
  rm -f port
  (apart nsenter --net="/proc/${NET[shore]}/ns/net" "$SERVER" 0 "$BLOCK" "$TIMEOUT" --data data \
    --credentials credentials.txt --port-file port "${HASHES[@]}" "${SERVER_OPTIONS[@]}") >>server.out 2>>server.log &
  SERVER_PID=$!
  wait_until 10000 server_answers
  PORT=$(<port)
}
connect_in() { # connect_in NET NAME ADDRESS
  start_peer "$2" nsenter --net="/proc/${NET[$1]}/ns/net" "$WIRECAT" "$3" "$PORT" --linger 0
}

it "sees who is cut off as offline within the time, and keeps what they are sent"
SERVER_OPTIONS=(--plaintext any --limit ping_seconds=0.5 --limit dead_seconds=1.5)
launch_server
connect_in shore hans 127.0.0.1
ok hans hello presence
ok hans login hans falcon
connect_in island yoda 10.77.0.1
ok yoda hello ack
ok yoda login yoda wise
expect hans '"data":["yoda","online"]'
ok hans message yoda "before"
expect yoda '"data":["hans","before"]'
in_net shore ip link set cable down
now
cut_at=$NOW
ok hans message yoda "into the dark"
is_offline() {
  read_line hans 50 || return 1
  ! has_text '{"command":"ping","data":[]}' || send hans '{"command":"pong"}'
  has_text '"data":["yoda","offline"]'
}
wait_until 5000 is_offline
now
took=$((NOW - cut_at))
[ "$took" -le 2500 ] || fail "offline only after $took ms"
hang_up hans
connect_in shore hans 127.0.0.1
ok hans login hans falcon
ok hans message yoda "and later"
has_text '"delivery":"stored"' || fail "$LINE"

it "delivers all of it when the cable is back"
in_net shore ip link set cable up
hang_up yoda
connect_in island yoda 10.77.0.1
ok yoda hello ack
ok yoda login yoda wise
for text in before "into the dark" "and later"; do
  expect_next yoda "\"data\":[\"hans\",\"$text\"]"
done
hang_up yoda
hang_up hans

# The ports of the island: a hundred, which somebody else uses up.
in_net island sh -c 'echo 40000 40099 >/proc/sys/net/ipv4/ip_local_port_range' 2>ports.err ||
  { it "comes back when there are ports again"; skip "the range of ports cannot be set"; exit 0; }
use_up() { # of each port only one connection can go to the server. An answer that is not read resets it at its end.
  cat >holder <<HOLDER
for n in \$(seq 1 120); do
  exec {fd}<>/dev/tcp/10.77.0.1/$PORT || break
  printf '\\0\\0\\0\\22{"command":"ping"}' >&\$fd
done 2>ports.full
echo used >ports.used
read -r _ <hold
HOLDER
  (apart nsenter --net="/proc/${NET[island]}/ns/net" bash holder) &
  HOLDER=$!
}
mkfifo hold
client_in() { # client_in NAME
  start_peer "$1" nsenter --net="/proc/${NET[island]}/ns/net" "$CLIENT" 10.77.0.1 "$PORT" --no-tls
}

it "says that it cannot connect when there is no port, and ends"
stop_server
# All of them come from one address.
SERVER_OPTIONS=(--plaintext any --limit address_connections=1000 --limit address_new_burst=1000)
launch_server
use_up
wait_until 10000 test -s ports.used
grep -q 'Cannot assign' ports.full || fail "the ports are not used up: $(<ports.full)"
client_in luke
ends luke 1
grep -qi 'cannot assign' luke.err || fail "no reason: $(<luke.err)"

it "connects as soon as a port is free"
echo go >hold
wait_until 3000 is_gone $HOLDER
now
began=$NOW
client_in leia
types leia leia
types leia blasterpistol
sees leia "Welcome to the greatest messaging application ever!"
now
[ $((NOW - began)) -le 1000 ] || fail "it took $((NOW - began)) ms"
