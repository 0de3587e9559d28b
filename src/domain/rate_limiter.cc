#include "sockchat/domain/rate_limiter.h"

#include <algorithm>

namespace sockchat::domain {

Duration RateLimiter::take(const RateLimit& limit, TimePoint now) {
  if (limit.per_second <= 0) return Duration::zero();
  if (!used_) {
    tokens_ = limit.burst;
    used_ = true;
  } else {
    const double passed = std::chrono::duration<double>(now - at_).count();
    tokens_ = std::min(limit.burst, tokens_ + passed * limit.per_second);
  }
  at_ = now;
  tokens_ -= 1;
  if (tokens_ >= 1) return Duration::zero();
  // The quotient of a tiny rate fits no Duration.
  constexpr double kWaitMax = 86'400;
  return std::chrono::ceil<Duration>(
      std::chrono::duration<double>(std::min(kWaitMax, (1 - tokens_) / limit.per_second)));
}

}  // namespace sockchat::domain
