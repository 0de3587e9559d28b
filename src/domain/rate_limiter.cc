#include "sockchat/domain/rate_limiter.h"

#include <algorithm>

namespace sockchat::domain {
namespace {

Duration until(double missing, const RateLimit& limit) {
  // The quotient of a tiny rate fits no Duration.
  constexpr double kWaitMax = 86'400;
  return std::chrono::ceil<Duration>(
      std::chrono::duration<double>(std::min(kWaitMax, missing / limit.per_second)));
}

}  // namespace

void RateLimiter::fill(const RateLimit& limit, TimePoint now) {
  if (!used_) {
    tokens_ = limit.burst;
    used_ = true;
  } else {
    const double passed = std::chrono::duration<double>(now - at_).count();
    tokens_ = std::min(limit.burst, tokens_ + passed * limit.per_second);
  }
  at_ = now;
}

Duration RateLimiter::take(const RateLimit& limit, TimePoint now, double tokens) {
  if (limit.per_second <= 0) return Duration::zero();
  fill(limit, now);
  tokens_ -= tokens;
  return tokens_ >= 1 ? Duration::zero() : until(1 - tokens_, limit);
}

Duration RateLimiter::try_take(const RateLimit& limit, TimePoint now) {
  if (limit.per_second <= 0) return Duration::zero();
  fill(limit, now);
  if (tokens_ < 1) return until(1 - tokens_, limit);
  tokens_ -= 1;
  return Duration::zero();
}

}  // namespace sockchat::domain
