// Honest people who come anew, one after the other: how long it takes until they are in, from their first try
// to connect to the answer to their login. Who is turned away tries again.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "abuse/actor.h"
#include "abuse/shared.h"

namespace sockchat::abuse {

inline constexpr std::size_t kVisitors = 50;
inline constexpr unsigned kVisitorHosts = 200;  // 127.0.0.200 and on, one each

std::string visitor_name(std::size_t visitor);

struct Visit {
  std::atomic<std::uint64_t> began;
  std::atomic<std::uint64_t> inside;
};

struct GuestBook {
  std::atomic<std::size_t> count;
  std::atomic<std::size_t> turned_away;
  std::array<Visit, 20'000> visits;
};

struct Waiting {
  double median_ms = 0;
  double p99_ms = 0;
  double most_ms = 0;
  std::size_t visits = 0;
};

class Visitors final {
 public:
  // One every so often, when the one before is in.
  Visitors(std::uint16_t port, milliseconds every);

  // Of the visits that began between two moments; who is not in yet counts as in now.
  [[nodiscard]] Waiting waiting_between(Clock::time_point from, Clock::time_point to) const;
  [[nodiscard]] std::size_t turned_away() const { return book_->turned_away; }

 private:
  Shared<GuestBook> book_;
  Actor actor_;
};

}  // namespace sockchat::abuse
