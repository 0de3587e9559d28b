// What the users of one run share.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "checker/chaos_link.h"
#include "checker/recording.h"
#include "sim/random.h"

namespace sockchat::checker {

struct Town {
  Town(Recording& a_recording, std::uint64_t seed, int a_users)
      : recording(a_recording), random(seed), users(a_users) {}

  Recording& recording;
  sim::Random random;
  const int users;
  std::uint16_t port = 0;
  Instant now{};
  std::size_t operations_left = 0;
  std::chrono::milliseconds think{20};  // between two acts of a user, on average
  std::chrono::milliseconds dead{0};    // the server's dead_seconds
  // No more acts of chance: what is open is brought to its end.
  bool winding_down = false;
  std::uint64_t last_call = 0;
  std::uint64_t last_session = 0;
  // Connections that their users have given up and the server has not: nobody reads them.
  struct Ghost {
    std::unique_ptr<ChaosLink> link;
    Instant until;
  };
  std::vector<Ghost> ghosts;

  [[nodiscard]] Instant in(std::size_t milliseconds_max) {
    return now + std::chrono::microseconds(random.below(milliseconds_max * 1000 + 1));
  }
};

[[nodiscard]] inline std::string name_of(int user) { return "u" + std::to_string(user); }

}  // namespace sockchat::checker
