#!/usr/bin/env bash
# Headers without a source file of their own compile alone; the others do because their source includes them first,
# which check_layers.sh sees to. CXX and CPPFLAGS come from make. Part of `make check`.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() {
  echo "#include \"$1\"" | ${CXX:-g++} -std=c++2b -fsyntax-only ${CPPFLAGS:-} -I. -Iinclude -Isrc -x c++ - ||
    { echo "$1 does not compile alone" && return 1; }
}
export -f compile
export CXX CPPFLAGS

for header in $(find include src -name '*.h' | sort); do
  library=$(basename "$(dirname "$header")")
  [ -f "src/$library/$(basename "$header" .h).cc" ] || echo "$header"
done | xargs -P "${JOBS:-2}" -I{} bash -c 'compile {}'
