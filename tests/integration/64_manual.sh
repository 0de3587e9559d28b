#!/usr/bin/env bash
# The manual names what the programs have, the completion completes it, and `make install` puts all in place.
. "$(dirname "$0")/../support/lib.sh"

# The words of a page, without its markup's dashes.
page() { mandoc -Tascii -W error "$ROOT/man/$1" | col -bx >page.txt; }
in_page() { grep -qF -e "$1" page.txt || fail "$2 does not name $1"; }

# options_of PROGRAM [COMMAND]: every spelling, one a line.
options_of() { "$@" --help | sed -nE 's/^  (-[^ ]+).*/\1/p' | tr , '\n'; }
exit_codes_of() { "$@" --help | sed -n '/^Exit codes:/,$ { s/^  \([0-9]\+\)  .*/\1/p }'; }

codes_in_page() { # codes_in_page PAGE CODES
  sed -n '/^EXIT STATUS/,/^[A-Z]/ { s/^ \+\([0-9]\+\) .*/\1/p }' page.txt | sort >named.txt
  sort -u <<<"$2" | cmp - named.txt || fail "$1 names the exit codes $(tr '\n' ' ' <named.txt)and not $(tr '\n' ' ' <<<"$2")"
}

it "has a manual that mandoc finds nothing to say about"
mandoc -Tlint -Wwarning "$ROOT"/man/* >lint.txt || fail "$(<lint.txt)"

it "names every option and exit code of the server"
page sockchat-server.8
codes=
for command in "" account backup restore pin; do
  # shellcheck disable=SC2086
  for option in $(options_of "$SERVER" $command); do in_page "$option" sockchat-server.8; done
  # shellcheck disable=SC2086
  codes+=$(exit_codes_of "$SERVER" $command)$'\n'
  in_page "$command" sockchat-server.8
done
codes_in_page sockchat-server.8 "$(grep . <<<"$codes" | sort -u)"

it "names every option, command and exit code of the client"
page sockchat.1
for option in $(options_of "$CLIENT"); do in_page "$option" sockchat.1; done
for command in $("$CLIENT" --help | sed -n '/^Commands:/,/^$/ { s/^  \([a-z]\+\).*/\1/p }'); do in_page "$command" sockchat.1; done
codes_in_page sockchat.1 "$(exit_codes_of "$CLIENT")"

it "names every setting and every limit of the configuration file"
page sockchat.toml.5
"$SERVER" 4000 60 600 --print-config >printed.toml
names=$(sed -nE 's/^(# )?([a-z_-]+) (= .*|is not set\.)$/\2/p' printed.toml)
[ "$(wc -w <<<"$names")" -gt 50 ] || fail "hardly a name is printed: $names"
for name in $names; do grep -qE "^ +$name = " page.txt || fail "sockchat.toml.5 does not name $name"; done

it "has a sample of the configuration in which everything is known"
cp "$ROOT/packaging/sockchat.toml" sample.toml
"$SERVER" --config sample.toml --check-config >/dev/null || fail "it is refused"
sed -i -E 's/^#([a-z_-]+ = )/\1/' sample.toml
"$SERVER" --config sample.toml --check-config >/dev/null || fail "it is refused with everything in it"
for name in $(sed -n '/^\[limits\]/q; p' printed.toml | sed -nE 's/^(# )?([a-z-]+) (= .*|is not set\.)$/\2/p'); do
  grep -q "^$name = " sample.toml || fail "it does not have $name"
done

it "completes commands, options and their words"
complete_line() { # complete_line WORDS...: what bash would offer for the last one
  (
    # shellcheck disable=SC1091
    . "$ROOT/packaging/completion.bash"
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    case $1 in sockchat) _sockchat ;; *) _sockchat_server ;; esac
    printf '%s\n' "${COMPREPLY[@]}"
  )
}
offers() { # offers WANTED WORDS...
  local wanted=$1 offered
  shift
  offered=$(complete_line "$@" | sort | tr '\n' ' ')
  [ "$offered" = "$wanted " ] || fail "for '$*' it offers: $offered"
}
offers "--plaintext --port-file --presence-history --print-config" sockchat-server 4000 60 600 --p
offers "any loopback never" sockchat-server 4000 60 600 --plaintext ""
offers "any" sockchat-server --plaintext a
offers "account" sockchat-server ac
offers "passwd" sockchat-server account p
offers "--hash-iterations --hash-memory" sockchat-server account add hans --ha
offers "--from" sockchat-server restore --f
offers "text_max=" sockchat-server 1 2 3 --limit text
offers "printed.toml" sockchat-server --config pri
offers "--password-file" sockchat 4000 --pass

it "scores at most 1.2 for its exposure"
systemd-analyze security --offline=yes --threshold=12 --no-pager "$ROOT/packaging/sockchat.service" >score.txt 2>&1 ||
  fail "$(tail -n 1 score.txt)"
grep -qE 'Overall exposure level.*: [01]\.[0-9]' score.txt || fail "no score: $(tail -n 3 score.txt)"

it "installs what runs, and takes it away again, but for what the operator wrote"
release=${OUT##*/}
MAKEFLAGS='' make -s -C "$ROOT" install VARIANT="$release" BUILD="${OUT%/*}" DESTDIR="$WORK/root" PREFIX=/opt/chat >make.log 2>&1 ||
  fail "make install: $(<make.log)"
for file in bin/sockchat bin/sockchat-server share/man/man1/sockchat.1 share/man/man8/sockchat-server.8 \
  share/man/man5/sockchat.toml.5 share/bash-completion/completions/sockchat lib/systemd/system/sockchat.service \
  lib/sysusers.d/sockchat.conf lib/tmpfiles.d/sockchat.conf; do
  [ -s "root/opt/chat/$file" ] || fail "$file is not installed"
done
grep -q '^ExecStart=/opt/chat/bin/sockchat-server ' root/opt/chat/lib/systemd/system/sockchat.service || fail "the unit starts another program"
root/opt/chat/bin/sockchat-server --version >/dev/null
root/opt/chat/bin/sockchat-server --config root/etc/sockchat/sockchat.toml --check-config >/dev/null
systemd-sysusers --dry-run "$WORK/root/opt/chat/lib/sysusers.d/sockchat.conf" >sysusers.txt 2>&1 || fail "$(<sysusers.txt)"
grep -qE "user .?sockchat" sysusers.txt || id sockchat >/dev/null 2>&1 || fail "no user would be made: $(<sysusers.txt)"
echo '# mine' >>root/etc/sockchat/sockchat.toml
MAKEFLAGS='' make -s -C "$ROOT" install VARIANT="$release" BUILD="${OUT%/*}" DESTDIR="$WORK/root" PREFIX=/opt/chat >make.log 2>&1
grep -q '^# mine$' root/etc/sockchat/sockchat.toml || fail "the configuration is replaced"
MAKEFLAGS='' make -s -C "$ROOT" uninstall DESTDIR="$WORK/root" PREFIX=/opt/chat >make.log 2>&1
[ "$(find root -type f)" = root/etc/sockchat/sockchat.toml ] || fail "left: $(find root -type f)"
