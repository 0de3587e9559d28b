#!/usr/bin/env bash
# The rules of the house that a script can see: sizes, words that must not stand in the code. Part of `make check`.
set -euo pipefail
cd "$(dirname "$0")/.."

failed=0
complain() {
  echo "$1"
  failed=1
}

mapfile -t sources < <(find include src tests fuzz bench -name '*.cc' -o -name '*.h' | sort)
mapfile -t product < <(find include src -name '*.cc' -o -name '*.h' | sort)

for file in "${sources[@]}"; do
  lines=$(wc -l <"$file")
  most=400
  [[ $file != include/* ]] || most=200
  [ "$lines" -le $most ] || complain "$file: $lines lines, more than $most"
done

# A function starts at the last unindented line before its end, an unindented brace alone. (Types end in `};`.)
for file in "${product[@]}"; do
  awk -v file="$file" '
    /^[A-Za-z~\[]/ { start = FNR }
    /^\}$/ && FNR - start + 1 > 70 { printf "%s:%d: a function of %d lines, more than 70\n", file, start, FNR - start + 1; bad = 1 }
    END { exit bad }
  ' "$file" || failed=1
done

# The code without strings and comments, one FILE:LINE:TEXT a line: the rules are about code.
code=$(mktemp)
trap 'rm -f "$code"' EXIT
awk '{ gsub(/"([^"\\]|\\.)*"/, "\"\""); sub(/\/\/.*/, ""); if (/[^ ]/) print FILENAME ":" FNR ":" $0 }' "${sources[@]}" >"$code"

forbid() { # forbid WHERE REGEX WHY: in files that match WHERE
  local hits
  hits=$(grep -E "^$1[^:]*:[0-9]*:.*($2)" "$code" | grep -vE "${4:-^$}" || true)
  [ -z "$hits" ] || complain "$(sed "s/^/$3: /" <<<"$hits")"
}
ours='(include|src)/'
forbid "$ours" '\[=[],]' 'name what you capture'
# What spdlog asks for stays in the file that hides it.
forbid "$ours" '\b(shared_ptr|weak_ptr)\b' 'one owner' '^src/server/log\.cc:'
forbid "$ours" '\bdelete[ []' 'no delete'
forbid "$ours" '\bco_(await|return|yield)\b' 'no coroutines'
# The library's hash has a known seed: whoever chooses the keys can make them collide.
forbid "$ours" 'unordered_(map|set)<(const )?(std::)?(string|u16string)' 'a tree where strangers choose the keys'
forbid '' '\b(sleep|usleep|sleep_for|sleep_until)\(' 'wait for a condition'
# Where a constructor is private, make_unique cannot reach it.
hits=$(awk '/[^_a-zA-Z]new [A-Za-z_:]/ && (before $0) !~ /unique_ptr</ { print "no new: " $0 } { before = $0 }' <(grep -E "^$ours" "$code"))
[ -z "$hits" ] || complain "$hits"

hits=$(grep -rnE 'TODO\(now\)|FIXME|TODO[^(]' include src tests fuzz bench scripts Makefile mk \
  --include='*.cc' --include='*.h' --include='*.sh' --include='*.mk' --include=Makefile --exclude=check_style.sh || true)
[ -z "$hits" ] || complain "$hits"

for file in "${sources[@]}"; do
  case $(basename "$file") in
    utils.* | util.* | common.* | *manager*.* | handlers.cc | misc.*) complain "$file: a name that says nothing" ;;
  esac
done
exit $failed
