// The two hundred who only want to talk: 1,000 messages a second between them, each with the time from its
// sending to its delivery. A process of its own; what it sees stands in memory that the measurer shares.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "abuse/actor.h"
#include "abuse/shared.h"

namespace sockchat::abuse {

inline constexpr std::size_t kHonestClients = 200;

// In nanoseconds of the steady clock; 0: not yet.
struct Sample {
  std::atomic<std::uint64_t> sent;
  std::atomic<std::uint64_t> delivered;
};

struct Board {
  std::atomic<std::size_t> online;
  std::atomic<std::size_t> lost;     // connections that the server closed
  std::atomic<std::size_t> refused;  // messages that were not taken
  std::atomic<std::size_t> count;    // samples begun
  std::array<Sample, 200'000> samples;
};

// Of the messages that were sent between two moments.
struct Delay {
  double median_ms = 0;
  double p99_ms = 0;
  std::size_t messages = 0;
  std::size_t missing = 0;  // not delivered yet; they count as delivered now
};

std::string honest_name(std::size_t client);

class HonestCrowd final {
 public:
  // Logs in, and talks from then on. Gives up when they cannot.
  explicit HonestCrowd(std::uint16_t port);

  [[nodiscard]] Delay delay_between(Clock::time_point from, Clock::time_point to) const;
  [[nodiscard]] std::size_t lost() const { return board_->lost; }
  [[nodiscard]] std::size_t refused() const { return board_->refused; }

 private:
  Shared<Board> board_;
  Actor actor_;
};

}  // namespace sockchat::abuse
