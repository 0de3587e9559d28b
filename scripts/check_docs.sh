#!/bin/sh
# Compares the tables in docs/PROTOCOL.md and man/ with the ones that the code prints.
#
#   scripts/check_docs.sh PRINT_TABLES [--write]
#
# A table stands between lines with `<!-- NAME -->` and `<!-- end NAME -->`; --write puts the code's one there.
set -eu

printer=${1:?usage: $0 PRINT_TABLES [--write]}
mode=${2:-}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

in_step() { # in_step DOCUMENT TABLE...
  document=$1
  shift
  cp "$document" "$scratch/document"
  for name in "$@"; do
    grep -q "<!-- $name -->\$" "$document" || { echo "$document has no table '$name'" >&2; exit 1; }
    "$printer" "$name" >"$scratch/table"
    awk -v name="$name" -v table="$scratch/table" '
      index($0, "<!-- end " name " -->") { inside = 0 }
      !inside { print }
      index($0, "<!-- " name " -->") { inside = 1; while ((getline line < table) > 0) print line }
    ' "$scratch/document" >"$scratch/next"
    mv "$scratch/next" "$scratch/document"
  done
  if [ "$mode" = --write ]; then
    cp "$scratch/document" "$document"
  elif ! diff -u "$document" "$scratch/document"; then
    echo "$document is behind the code's tables: run 'make docs'" >&2
    failed=1
  fi
}

in_step docs/PROTOCOL.md commands errors limits
in_step man/sockchat.toml.5 man-limits
exit $failed
