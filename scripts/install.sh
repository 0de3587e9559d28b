#!/bin/sh
# Puts the programs and what belongs to them in place: `make install`. `make uninstall` has the same list.
#
#   DESTDIR= PREFIX=/usr/local SYSCONFDIR=/etc scripts/install.sh build/release
set -eu
cd "$(dirname "$0")/.."

out=${1:?usage: $0 OUT}
root=${DESTDIR:-}
prefix=${PREFIX:-/usr/local}
sysconf=${SYSCONFDIR:-/etc}
to=$root$prefix

put() { # put MODE FROM TO...
  mode=$1
  from=$2
  shift 2
  for target in "$@"; do install -D -m "$mode" "$from" "$target"; done
}

# Without what only debuggers read.
install -D -s -m 755 "$out/sockchat" "$to/bin/sockchat"
install -D -s -m 755 "$out/sockchat-server" "$to/bin/sockchat-server"
put 644 man/sockchat.1 "$to/share/man/man1/sockchat.1"
put 644 man/sockchat-server.8 "$to/share/man/man8/sockchat-server.8"
put 644 man/sockchat.toml.5 "$to/share/man/man5/sockchat.toml.5"
put 644 packaging/completion.bash "$to/share/bash-completion/completions/sockchat" \
  "$to/share/bash-completion/completions/sockchat-server"
put 644 packaging/sockchat.sysusers "$to/lib/sysusers.d/sockchat.conf"
put 644 packaging/sockchat.tmpfiles "$to/lib/tmpfiles.d/sockchat.conf"
unit=$(mktemp)
trap 'rm -f "$unit"' EXIT
sed "s|/usr/local/bin/|$prefix/bin/|g; s|/etc/sockchat/|$sysconf/sockchat/|g" packaging/sockchat.service >"$unit"
put 644 "$unit" "$to/lib/systemd/system/sockchat.service"
# What the operator has written is never replaced.
[ -e "$root$sysconf/sockchat/sockchat.toml" ] ||
  put 640 packaging/sockchat.toml "$root$sysconf/sockchat/sockchat.toml"
