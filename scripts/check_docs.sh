#!/bin/sh
# Compares the tables in docs/PROTOCOL.md with the ones that the code prints.
#
#   scripts/check_docs.sh PRINT_TABLES [--write]
#
# A table stands between `<!-- NAME -->` and `<!-- end NAME -->`; --write puts the code's one there.
set -eu

printer=${1:?usage: $0 PRINT_TABLES [--write]}
document=docs/PROTOCOL.md
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp "$document" "$scratch/document"

for name in commands errors limits; do
  grep -q "^<!-- $name -->\$" "$document" || { echo "$document has no table '$name'" >&2; exit 1; }
  "$printer" "$name" >"$scratch/table"
  awk -v name="$name" -v table="$scratch/table" '
    $0 == "<!-- end " name " -->" { inside = 0 }
    !inside { print }
    $0 == "<!-- " name " -->" { inside = 1; while ((getline line < table) > 0) print line }
  ' "$scratch/document" >"$scratch/next"
  mv "$scratch/next" "$scratch/document"
done

if [ "${2:-}" = --write ]; then
  cp "$scratch/document" "$document"
elif ! diff -u "$document" "$scratch/document"; then
  echo "$document is behind the code's tables: run 'make docs'" >&2
  exit 1
fi
