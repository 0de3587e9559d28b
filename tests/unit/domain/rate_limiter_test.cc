#include "sockchat/domain/rate_limiter.h"

#include <doctest/doctest.h>

namespace sockchat::domain {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart(1h);
constexpr RateLimit kTwoASecond{.per_second = 2, .burst = 3};

}  // namespace

TEST_CASE("a burst passes, and the request behind it waits for its token") {
  RateLimiter limiter;
  CHECK(limiter.take(kTwoASecond, kStart) == 0s);
  CHECK(limiter.take(kTwoASecond, kStart) == 0s);
  CHECK(limiter.take(kTwoASecond, kStart) == 500ms);
}

TEST_CASE("a client that waits as it is told goes at the rate") {
  RateLimiter limiter;
  TimePoint now = kStart;
  for (int request = 0; request < 103; ++request) now += limiter.take(kTwoASecond, now);
  // 100 tokens at two a second, but for what a rounded-up nanosecond each adds.
  CHECK(now >= kStart + 50s);
  CHECK(now < kStart + 51s);
}

TEST_CASE("a request that does not wait goes into debt, and the next one waits longer") {
  RateLimiter limiter;
  for (int request = 0; request < 3; ++request) limiter.take(kTwoASecond, kStart);
  CHECK(limiter.take(kTwoASecond, kStart) == 1s);
  CHECK(limiter.take(kTwoASecond, kStart) == 1500ms);
}

TEST_CASE("an hour's rest is worth one burst, not more") {
  RateLimiter limiter;
  limiter.take(kTwoASecond, kStart);
  CHECK(limiter.take(kTwoASecond, kStart + 1h) == 0s);
  CHECK(limiter.take(kTwoASecond, kStart + 1h) == 0s);
  CHECK(limiter.take(kTwoASecond, kStart + 1h) == 500ms);
}

TEST_CASE("what is refused takes no token, and the wait is until there is one") {
  RateLimiter limiter;
  for (int request = 0; request < 3; ++request) CHECK(limiter.try_take(kTwoASecond, kStart) == 0s);
  for (int request = 0; request < 5; ++request) CHECK(limiter.try_take(kTwoASecond, kStart) == 500ms);
  const Duration left = limiter.try_take(kTwoASecond, kStart + 499ms);
  CHECK(left >= 1ms);
  CHECK(left < 1001us);
  CHECK(limiter.try_take(kTwoASecond, kStart + 500ms) == 0s);
  CHECK(limiter.try_take(kTwoASecond, kStart + 500ms) == 500ms);
  CHECK(limiter.try_take({.per_second = 0, .burst = 1}, kStart + 500ms) == 0s);
}

TEST_CASE("a rate of 0 limits nothing") {
  RateLimiter limiter;
  for (int request = 0; request < 1000; ++request) CHECK(limiter.take({.per_second = 0}, kStart) == 0s);
}

TEST_CASE("a tiny rate waits for a long time, which a duration can hold") {
  RateLimiter limiter;
  const Duration wait = limiter.take({.per_second = 1e-300, .burst = 1}, kStart);
  CHECK(wait > 1h);
  CHECK(wait <= 24h);
}

TEST_CASE("what costs more leaves a larger debt") {
  RateLimiter limiter;
  CHECK(limiter.take(kTwoASecond, kStart, 2) == Duration::zero());
  // One was left, and four are wanted: three in debt, and one more for the next request.
  CHECK(limiter.take(kTwoASecond, kStart, 4) == 2s);
  CHECK(limiter.take(kTwoASecond, kStart + 2s) == 500ms);
}

}  // namespace sockchat::domain
