// A token bucket that goes into debt: a request is served when it comes, and the next one waits until the
// debt is paid. A value; time is an argument. (https://en.wikipedia.org/wiki/Token_bucket)
#pragma once

#include "sockchat/base/time.h"

namespace sockchat::domain {

struct RateLimit {
  double per_second = 0;  // 0: no limit
  double burst = 1;
};

class RateLimiter final {
 public:
  // Takes one token and returns how long the next request has to wait: zero while there is at least one token
  // left.
  Duration take(const RateLimit& limit, TimePoint now);

 private:
  double tokens_ = -1;  // less than zero before the first use: full then
  bool used_ = false;
  TimePoint at_{};
};

}  // namespace sockchat::domain
