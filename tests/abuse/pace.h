// So many a second, as far as we get to it: what a busy machine holds up is left out, for who only catches up
// sees nothing of the answers.
#pragma once

#include <chrono>
#include <cstddef>

#include "abuse/actor.h"

namespace sockchat::abuse {

class Pace final {
 public:
  explicit Pace(std::chrono::nanoseconds between) : between_(between), next_(Clock::now()) {}

  // How many are due now, at most kAtOnce.
  std::size_t due() {
    std::size_t count = 0;
    for (; next_ <= Clock::now() && count < kAtOnce; next_ += between_) ++count;
    if (count == kAtOnce) next_ = Clock::now();
    return count;
  }

 private:
  static constexpr std::size_t kAtOnce = 50;

  std::chrono::nanoseconds between_;
  Clock::time_point next_;
};

}  // namespace sockchat::abuse
