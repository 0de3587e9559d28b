#!/usr/bin/env bash
# Who may include whom: every #include of our headers against the table of the layers, and every third-party header
# in the one place that may see it. Part of `make check`; prints a line for each include that is not allowed.
set -euo pipefail
cd "$(dirname "$0")/.."

declare -A may=(
  [base]="base"
  [net]="net base"
  [wire]="wire base"
  [domain]="domain base"
  [crypto]="crypto base"
  [sqlite]="sqlite base"
  [storage]="storage sqlite domain base"
  [server_core]="server_core wire domain base"
  [client_core]="client_core wire base"
  [server]="server server_core storage sqlite crypto net wire domain base"
  [client]="client client_core sqlite crypto net wire base"
)

# A header of a third party, and the files that may include it.
third_party=(
  'simdjson\.h|src/wire/json_reader\.cc'
  'sqlite3\.h|src/sqlite/database\.cc|bench/bare_sqlite\.cc'
  'sodium\.h|src/crypto/[a-z0-9_]*\.cc'
  'spdlog/|src/(server|client)/[a-z0-9_]*\.(cc|h)'
  'utf8proc\.h|src/client_core/[a-z0-9_]*\.cc'
  'CLI/|src/(server|client)/options\.cc'
  'toml\+\+/|src/server/config_file\.cc'
  'doctest/|tests/.*'
  'openssl/|src/net/tls_[a-z_]*\.(cc|h)|tests/unit/net/tls_((policy|peer|key_proof)_test\.cc|raw_end\.h)'
)

failed=0
complain() {
  echo "$1"
  failed=1
}

# FILE:INCLUDED for every include in quotes or angles.
includes() { grep -rnoE '^ *#include *["<][^">]+[">]' --include='*.h' --include='*.cc' "$@" | sed -E 's/#include *["<]([^">]+)[">]/\1/; s/: */:/g'; }

while IFS=: read -r file line header; do
  case $file in
    include/sockchat/*) library=${file#include/sockchat/} ;;
    *) library=${file#src/} ;;
  esac
  library=${library%%/*}
  if [ -z "${may[$library]:-}" ]; then
    complain "$file: $library is in no row of the table in $0"
    continue
  fi
  case $header in
    sockchat/*)
      wanted=${header#sockchat/}
      wanted=${wanted%%/*}
      [[ " ${may[$library]} " == *" $wanted "* ]] || complain "$file:$line: $library must not see $wanted ($header)"
      ;;
    */*)
      # A private header: only the library itself.
      wanted=${header%%/*}
      [ ! -d "src/$wanted" ] || [ "$wanted" = "$library" ] || complain "$file:$line: $header is private to $wanted"
      ;;
  esac
done < <(includes include src)

while IFS=: read -r file line header; do
  for rule in "${third_party[@]}"; do
    [[ $header =~ ^(${rule%%|*}) ]] || continue
    [[ $file =~ ^(${rule#*|})$ ]] || complain "$file:$line: $header belongs behind our own type, in ${rule#*|}"
  done
done < <(includes include src tests fuzz bench)

# A source file with a header of its own includes it first: so the header stands alone.
for source in src/*/*.cc; do
  library=$(basename "$(dirname "$source")")
  name=$(basename "$source" .cc)
  for header in "include/sockchat/$library/$name.h:sockchat/$library/$name.h" "src/$library/$name.h:$library/$name.h"; do
    [ -f "${header%%:*}" ] || continue
    first=$(grep -m 1 -oE '^#include *["<][^">]+' "$source" | sed -E 's/#include *["<]//')
    [ "$first" = "${header#*:}" ] || [ "$first" = "$name.h" ] ||
      complain "$source: includes $first first, and not its own header ${header#*:}"
  done
done
exit $failed
