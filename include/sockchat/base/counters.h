// How often each limit was met since the start: whoever was refused, closed or made to wait. Budgets of a
// turn count when they are used up. Loop thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sockchat/base/limits.h"

namespace sockchat {

class Counters final {
 public:
  Counters() : counts_(limit_specs().size()) {}

  void count(LimitField limit, std::uint64_t times = 1);
  [[nodiscard]] std::uint64_t of(LimitField limit) const;
  // "frame_max=3 login_seconds=1": those that were met, in the order of limit_specs().
  [[nodiscard]] std::string describe() const;

 private:
  std::vector<std::uint64_t> counts_;  // as limit_specs()
};

}  // namespace sockchat
