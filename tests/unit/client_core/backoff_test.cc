#include "sockchat/client_core/backoff.h"

#include <doctest/doctest.h>

#include <limits>

namespace sockchat::client_core {
namespace {

using namespace std::chrono_literals;

TEST_CASE("the bound doubles from half a second to half a minute, and every pause up to it may come") {
  Backoff backoff;
  for (const Duration bound : {Duration(500ms), Duration(1s), Duration(2s), Duration(4s), Duration(8s),
                               Duration(16s), Duration(30s), Duration(30s)}) {
    Backoff same = backoff;
    Backoff beyond = backoff;
    CHECK(same.next(static_cast<std::uint64_t>(bound.count())) == bound);
    CHECK(beyond.next(static_cast<std::uint64_t>(bound.count()) + 1) == 0s);
    CHECK(backoff.next(0) == 0s);
  }
}

TEST_CASE("no random number leads beyond the bound") {
  Backoff backoff;
  for (int i = 0; i < 100; ++i) {
    const Duration pause = backoff.next(std::numeric_limits<std::uint64_t>::max() - static_cast<unsigned>(i));
    CHECK(pause >= 0s);
    CHECK(pause <= Backoff::kLongest);
  }
}

}  // namespace
}  // namespace sockchat::client_core
