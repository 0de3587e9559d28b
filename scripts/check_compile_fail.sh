#!/bin/sh
# Proves that what must not compile does not: each file of tests/compile_fail has one line marked `// fails: WORDS`,
# where g++ must give an error with these words, and nowhere else in the file. control.cc does the same things right,
# and must compile: otherwise the others could fail for anything.
set -u
cd "$(dirname "$0")/.." || exit 1

compile() {
  LC_ALL=C ${CXX:-g++} -std=c++2b -Wall -Wextra -Werror -Iinclude -fsyntax-only "$1" 2>&1
}

# Says what is wrong with the file; nothing when it fails as it is marked.
judge() {
  marks=$(grep -n '// fails: ' "$1")
  [ "$(printf '%s\n' "$marks" | grep -c .)" = 1 ] || { echo 'needs exactly one line marked "// fails: WORDS"'; return; }
  line=${marks%%:*}
  words=${marks#*// fails: }
  output=$(compile "$1") && { echo "compiles, but for line $line it must not"; return; }
  # A template fails inside its header; g++ then says from which line of ours it was required.
  printf '%s\n' "$output" | grep -q "^$1:$line:" || { echo "line $line is not what fails:"; echo "$output"; return; }
  printf '%s\n' "$output" | grep 'error: ' | grep -qF "$words" || { echo "not for the marked reason:"; echo "$output"; return; }
  printf '%s\n' "$output" | grep "^$1:[0-9]*:[0-9]*: error: " | grep -v "^$1:$line:"
}

failed=0
count=0
for file in tests/compile_fail/*.cc; do
  if [ "$file" = tests/compile_fail/control.cc ]; then
    fault=$(compile "$file") && continue
  else
    count=$((count + 1))
    fault=$(judge "$file")
    [ -n "$fault" ] || continue
  fi
  failed=1
  printf '%s: %s\n' "$file" "$fault" >&2
done
[ "$failed" = 0 ] && echo "compile_fail: $count files fail as they must"
exit "$failed"
