#include "sockchat/net/signals.h"

#include <doctest/doctest.h>
#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "unit/net/failing_calls.h"
#include "unit/net/net_test_tools.h"

namespace sockchat::net {
namespace {

bool is_blocked(int signal) {
  sigset_t mask;
  REQUIRE(::pthread_sigmask(SIG_BLOCK, nullptr, &mask) == 0);
  return ::sigismember(&mask, signal) == 1;
}

TEST_CASE("signals arrive as events, in a turn") {
  const auto reactor = make_reactor();
  std::vector<int> seen;
  const auto source =
      SignalSource::create(*reactor, {SIGUSR1, SIGUSR2}, [&](int signal) { seen.push_back(signal); });
  REQUIRE(source);
  REQUIRE(::pthread_kill(::pthread_self(), SIGUSR1) == 0);
  REQUIRE(::pthread_kill(::pthread_self(), SIGUSR2) == 0);
  CHECK(seen.empty());
  REQUIRE(run_until(*reactor, [&] { return seen.size() == 2; }));
  std::ranges::sort(seen);
  CHECK(seen == std::vector{SIGUSR1, SIGUSR2});
}

TEST_CASE("a signal that cannot be read from its descriptor arrives all the same, once") {
  const auto reactor = make_reactor();
  std::vector<int> seen;
  const auto source =
      SignalSource::create(*reactor, {SIGUSR1, SIGUSR2}, [&](int signal) { seen.push_back(signal); });
  REQUIRE(source);
  REQUIRE(::pthread_kill(::pthread_self(), SIGUSR2) == 0);
  const FailingCalls failing(FailingCall::read, EIO);
  REQUIRE(run_until(*reactor, [&] { return !seen.empty(); }));
  reactor->run_once();
  CHECK(seen == std::vector{SIGUSR2});
}

TEST_CASE("the mask is put back at the end, and a pending signal does no harm then") {
  const auto reactor = make_reactor();
  REQUIRE_FALSE(is_blocked(SIGUSR1));
  {
    const auto source = SignalSource::create(*reactor, {SIGUSR1}, [](int) { FAIL("nobody runs the loop"); });
    REQUIRE(source);
    CHECK(is_blocked(SIGUSR1));
    REQUIRE(::pthread_kill(::pthread_self(), SIGUSR1) == 0);
  }
  CHECK_FALSE(is_blocked(SIGUSR1));
}

}  // namespace
}  // namespace sockchat::net
