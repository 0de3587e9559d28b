#!/usr/bin/env bash
# What the compiler and the linker were asked for stands in the programs; and neither leaves a core.
. "$(dirname "$0")/../support/lib.sh"

if [[ $OUT != */release ]]; then
  it "is hardened"
  skip "only the release variant is what people run"
  exit 0
fi

# has PROGRAM WHAT COMMAND REGEX
has() {
  eval "$3" >tool.out 2>tool.err || fail "$1: $3: $(<tool.err)"
  grep -qE -e "$4" tool.out || fail "$1: $2 is missing: no '$4' in what '$3' says"
}

for program in "$SERVER" "$CLIENT"; do
  name=$(basename "$program")
  it "has $name as code that can be anywhere, with nothing to write that need not be"
  has "$name" "a position-independent program" "readelf -h $program" 'Type: +DYN'
  has "$name" "RELRO" "readelf -lW $program" 'GNU_RELRO'
  has "$name" "binding at the start" "readelf -d $program" '\(FLAGS_1\).*NOW'
  has "$name" "a stack that is no code" "readelf -lW $program" 'GNU_STACK .* RW +0x'
  readelf -lW "$program" >segments.txt
  ! grep -E '^ +(LOAD|GNU_STACK) .* RWE? *E' segments.txt | grep -q 'RWE' || fail "$name: memory that is code and can be written"
  readelf -d "$program" >dynamic.txt
  ! grep -qE '\(TEXTREL\)|\(RPATH\)|\(RUNPATH\)' dynamic.txt || fail "$name: $(<dynamic.txt)"

  it "has $name with the guards of the compiler"
  has "$name" "the stack protector" "readelf -sW --dyn-syms $program" '__stack_chk_fail'
  has "$name" "fortified calls" "readelf -sW --dyn-syms $program" '__[a-z]+_chk@'
  # Every file of ours was compiled with these: the compiler leaves what it was told. (The note of the whole program
  # about control flow is lost to the start files of the C library, which Debian builds without.)
  readelf --debug-dump=info "$program" 2>/dev/null | grep -F DW_AT_producer | grep -F 'GNU C++' >compiled.txt ||
    fail "$name: no word of the compiler's"
  guards="-fstack-protector-strong -fstack-clash-protection"
  [ "$(uname -m)" != x86_64 ] || guards+=" -fcf-protection"
  for guard in $guards; do
    ! grep -qvF -e "$guard" compiled.txt || fail "$name: $(grep -cvF -e "$guard" compiled.txt) files without $guard"
  done
done

no_core() { # no_core NAME PID
  grep -qE '^Max core file size +[01] +[01] ' "/proc/$2/limits" || fail "$1: $(grep core "/proc/$2/limits")"
}

it "leaves no core of a server"
ulimit -c unlimited 2>/dev/null || ulimit -c "$(ulimit -H -c)"
start_server
login hans
no_core server "$SERVER_PID"
kill -ABRT "$SERVER_PID"
server_ends 134
hang_up hans

it "leaves no core of a client"
start_server
client_login yoda
no_core client "${PEER[yoda]}"
kill -ABRT "${PEER[yoda]}"
wait_until "$PATIENCE" is_gone "${PEER[yoda]}"
[ -z "$(find . -name 'core*')" ] || fail "there is a core: $(find . -name 'core*')"
stop_server
