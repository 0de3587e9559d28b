#!/usr/bin/env bash
# docs/ATTACKERS.md against what there is: every row has a test, every test that it names exists, every row that `make
# abuse` plays stands there; and the rules about the source that some rows rest on. Part of `make check`.
set -euo pipefail
cd "$(dirname "$0")/.."

ledger=docs/ATTACKERS.md
player=tests/abuse/main.cc
failed=0
complain() {
  echo "$1"
  failed=1
}

rows=()
for group in A:19 B:9 C:11 E:5 G:6 H:7; do
  for n in $(seq 1 "${group#*:}"); do rows+=("${group%:*}$n"); done
done

# A test is named as `FILE` "CASE", as `fuzz/FILE`, or as `make abuse`; an open row says why behind "open: ".
for row in "${rows[@]}"; do
  lines=$(grep -E "^\| $row \|" "$ledger" || true)
  [ "$(grep -c . <<<"$lines")" -eq 1 ] || { complain "$ledger: row $row stands there $(grep -c . <<<"$lines") times"; continue; }
  named=0
  while IFS= read -r test; do
    [ -n "$test" ] || continue
    named=$((named + 1))
    file=${test#\`} && file=${file%%\`*}
    case=${test#*\"} && case=${case%\"}
    quote=\" && [[ $file == *.cc || $file == *.sh ]] || quote=
    if [ ! -f "$file" ]; then
      complain "$ledger: $row: there is no $file"
    elif ! grep -qF -- "$quote$case" "$file"; then
      complain "$ledger: $row: $file has no \"$case\""
    fi
  done < <(grep -oE '`[^`]+` "[^"]+"' <<<"$lines")
  while IFS= read -r file; do
    [ -n "$file" ] || continue
    named=$((named + 1))
    [ -f "$file" ] || complain "$ledger: $row: there is no $file"
  done < <(grep -oE '`fuzz/[^`]+`' <<<"$lines" | tr -d '`')
  if grep -qF '`make abuse`' <<<"$lines"; then
    named=$((named + 1))
    grep -qF "{\"$row\", " "$player" || complain "$ledger: $row: $player does not play it"
  fi
  [ $named -gt 0 ] || grep -q 'open: ' <<<"$lines" || complain "$ledger: $row names no test"
done
while IFS= read -r row; do
  grep -E "^\| $row \|" "$ledger" | grep -qF '`make abuse`' || complain "$player plays $row, of which $ledger says nothing"
done < <(grep -oE '^ *\{"[A-Z][0-9]+", ' "$player" | grep -oE '[A-Z][0-9]+')

# rule ROW PATTERN WHY [EXCEPT]: nothing like that in the source.
rule() {
  local hits
  hits=$(grep -rnE --include='*.cc' --include='*.h' -- "$2" include src | sed 's, *//.*,,' | grep -E -- "$2" | grep -vE "${4:-^$}" || true)
  [ -z "$hits" ] || complain "$(sed "s/^/$1: $3: /" <<<"$hits")"
}
rule C11 'random_device|mt19937|default_random_engine|\b(s?rand|drand48)\(' 'chance comes from the system alone'
rule E2 '\b(sigaction|signal)\([^)]' 'no work in signal handlers: signalfd, or ignored' \
  'SIG_IGN|^src/client/terminal\.cc:|on_signal\(|next_signal\(|SIG_DFL'
rule A17 'unordered_(multi)?(map|set)<(const )?(std::)?(string|UserName|domain::UserName)' \
  'an attacker chooses the keys: an ordered map' '^(src|include/sockchat)/client'
exit $failed
