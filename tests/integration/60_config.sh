#!/usr/bin/env bash
# The configuration file: checked, printed, served with, and read again without losing anybody.
. "$(dirname "$0")/../support/lib.sh"

# refused LINE ARGUMENTS...: exit 1, this one line on stderr, nothing on stdout.
config_refused() {
  local line=$1 status=0
  shift
  timeout 5 "$SERVER" "$@" >config.out 2>config.err </dev/null || status=$?
  [ "$status" -eq 1 ] || fail "$*: exit $status: $(<config.err)"
  [ "$(<config.err)" = "sockchat-server: $line" ] || fail "$*: expected: $line, and there came: $(<config.err)"
  [ ! -s config.out ] || fail "$*: stdout: $(<config.out)"
}

it "checks a file, and names the first line that is wrong"
printf 'port = 4000\nblock-duration = 60\ntimeout = 600\n' >good.toml
[ "$("$SERVER" --config good.toml --check-config 2>&1)" = ok ] || fail "a good file is not ok"
printf '# a comment\n\nfoo = 1\nport = 4000\n' >bad.toml
config_refused "bad.toml:3: there is no setting named 'foo'" --config bad.toml --check-config
config_refused "bad.toml:3: there is no setting named 'foo'" --config bad.toml
config_refused "bad.toml:3: there is no setting named 'foo'" --config bad.toml --print-config
config_refused "cannot read none.toml: No such file or directory" --config none.toml
printf 'port = 4000\n' >half.toml
config_refused "half.toml: block-duration is set neither there nor on the command line" --config half.toml
[ ! -e sockchat-data ] || fail "a data directory was made"

it "prints what is in force as a file that prints itself"
"$SERVER" --config half.toml 4001 60 600 --limit text_max=1234 --registration open --print-config >printed.toml
for line in 'port = 4001' 'registration = "open"' 'text_max = 1234  #*' 'frame_max = "64KiB"  #*' '# keep-days is not set.'; do
  grep -qx -e "${line/\#\*/#.*}" printed.toml || fail "no line '$line' in what is printed"
done
"$SERVER" --config printed.toml --print-config | cmp - printed.toml || fail "it does not print itself"

it "serves with a file, and the command line wins"
cat >sockchat.toml <<'END'
registration = "closed"
log-level = "debug"
[limits]
text_max = "1KiB"
query_rate = 0
END
start_server --config sockchat.toml --limit text_max=8
login hans
refused hans bad_text message yoda 123456789
ok hans message yoda 12345678
connect guest
refused guest registration_closed register lando "cloud city"

reload() { # reload TEXT: SIGHUP, until the log says so in a new line
  local before
  before=$(wc -l <server.log)
  kill -HUP "$SERVER_PID"
  wait_until "$PATIENCE" log_goes_on "$before" "$1"
}
log_goes_on() { tail -n "+$(($1 + 1))" server.log | grep -qF "$2"; }

it "takes what a running server can take, with everybody staying"
sed -i 's/"closed"/"open"/' sockchat.toml
reload 'SIGHUP: read again, changed: registration'
connect stranger
ok stranger register lando "cloud city"
reload 'SIGHUP: read again, changed: nothing'
ok hans whoelse

it "takes rates at once"
sed -i 's/query_rate = 0/query_rate = 1\nquery_burst = 2/' sockchat.toml
reload 'SIGHUP: read again, changed: query_rate, query_burst'
for _ in 1 2 3 4; do ask hans whoelse; done
wait_until "$PATIENCE" grep -qF 'query_rate' server.log

it "takes nothing when something needs a start"
sed -i 's/"open"/"closed"/; s/"1KiB"/"2KiB"/; s/query_rate = 1/query_rate = 0/' sockchat.toml
echo 'port-file = "elsewhere"' | cat - sockchat.toml >next && mv next sockchat.toml
# text_max is said on the command line, where it has not changed; so is the port file.
reload 'SIGHUP: read again, changed: registration, query_rate'
sed -i 's/"closed"/"open"/; s/"2KiB"/"3KiB"\nname_max = 20/' sockchat.toml
reload 'SIGHUP: nothing is changed: only a start can take what has changed: name_max'
connect third
refused third registration_closed register boba "bounty hunter"

it "keeps the old settings when the file is broken"
printf 'registration = "open"\nregistration = "open"\n' >sockchat.toml
reload 'SIGHUP: nothing is changed: sockchat.toml:2: '
refused third registration_closed register boba "bounty hunter"

it "keeps the old settings when no descriptor is left to read the file"
printf 'registration = "open"\nlog-level = "debug"\n[limits]\nquery_burst = 2\n' >sockchat.toml
prlimit --pid "$SERVER_PID" --nofile=3:
reload 'SIGHUP: nothing is changed: cannot read sockchat.toml: Too many open files'
refused third registration_closed register boba "bounty hunter"
prlimit --pid "$SERVER_PID" --nofile=1024:
reload 'SIGHUP: read again, changed: registration'
ok third register boba "bounty hunter"
ok hans message boba hello
expect third '"data":["hans","hello"]'
stop_server
