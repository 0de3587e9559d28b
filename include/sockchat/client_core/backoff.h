// How long to wait before the next try. Full jitter: anything from nothing up to a bound that doubles with
// each try, so that thousands of clients of a server that comes back do not come at once. Pure; any thread.
#pragma once

#include <cstdint>

#include "sockchat/base/time.h"

namespace sockchat::client_core {

class Backoff final {
 public:
  static constexpr Duration kFirstMax = std::chrono::milliseconds(500);
  static constexpr Duration kLongest = std::chrono::seconds(30);

  // `random` is any number, each as likely as the other.
  [[nodiscard]] Duration next(std::uint64_t random);

 private:
  Duration bound_ = kFirstMax;
};

}  // namespace sockchat::client_core
