#!/bin/sh
# Installs the Debian packages that a task needs and that are not there yet.
#
#   scripts/install_packages.sh build|test|check|fuzz [--dry-run]
#
# Says what is missing before it asks apt for it, and does nothing when nothing is missing. Needs root or sudo.
set -eu

build='g++ make pkg-config libsimdjson-dev libfmt-dev libspdlog-dev libexpected-dev libsqlite3-dev libsodium-dev libcli11-dev libtomlplusplus-dev libutf8proc-dev libssl-dev'
test="$build doctest-dev tmux openssl mandoc systemd"
check="$test clang-format"
fuzz="$build doctest-dev clang-16 libclang-rt-16-dev"

case "${1:-}" in
  build) wanted=$build ;;
  test) wanted=$test ;;
  check) wanted=$check ;;
  fuzz) wanted=$fuzz ;;
  *) echo "usage: $0 build|test|check|fuzz [--dry-run]" >&2; exit 2 ;;
esac

missing=
for package in $wanted; do
  state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "These Debian packages are missing:$missing"
[ "${2:-}" != --dry-run ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null 2>&1; then
    echo "Run as root, or install them yourself: apt-get install$missing" >&2
    exit 1
  fi
  as_root=sudo
fi

echo "Asking apt for them."
# A fresh machine has no package lists; an old list may name versions that are gone. One update answers both.
# shellcheck disable=SC2086  # the list is meant to be split
if ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing >/dev/null 2>&1; then
  $as_root apt-get update
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
fi
