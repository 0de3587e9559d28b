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
  // Takes what the request costs, and returns how long the next one has to wait: zero while there is at least
  // one token left.
  Duration take(const RateLimit& limit, TimePoint now, double tokens = 1);
  // For what is refused instead of delayed: takes one token if there is one. Otherwise takes nothing, and
  // returns after how long there will be one.
  Duration try_take(const RateLimit& limit, TimePoint now);

 private:
  void fill(const RateLimit& limit, TimePoint now);
  double tokens_ = -1;  // less than zero before the first use: full then
  bool used_ = false;
  TimePoint at_{};
};

}  // namespace sockchat::domain
