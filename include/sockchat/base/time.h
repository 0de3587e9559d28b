// Time as a value. Only the reactor and the two programs read clocks; everybody else is told the Moment.
#pragma once

#include <chrono>

namespace sockchat {

// A clock that cannot be asked: it only types the time points that the reactor reads from CLOCK_MONOTONIC.
struct Monotonic {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Monotonic>;
  static constexpr bool is_steady = true;
};

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<Monotonic, Duration>;  // for deadlines
using WallTime =
    std::chrono::sys_time<std::chrono::milliseconds>;  // UTC, for people and for storage; may jump

// Both clocks, read once at the start of a turn and constant through it.
struct Moment {
  TimePoint mono;
  WallTime wall;
};

// Later than everything: "no deadline".
inline constexpr TimePoint kNever = TimePoint::max();

}  // namespace sockchat
