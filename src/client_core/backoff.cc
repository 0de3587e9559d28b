#include "sockchat/client_core/backoff.h"

#include <algorithm>

namespace sockchat::client_core {

Duration Backoff::next(std::uint64_t random) {
  const auto steps = static_cast<std::uint64_t>(bound_.count()) + 1;
  bound_ = std::min(bound_ * 2, kLongest);
  return Duration(static_cast<Duration::rep>(random % steps));
}

}  // namespace sockchat::client_core
