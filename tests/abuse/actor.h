// A process of its own that plays a part: the honest crowd, an attacker. Forked, so that its work is not
// mixed with the work of whoever measures; killed with its owner.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

namespace sockchat::abuse {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

// An attacker gives way to the honest on the core that they share: it must not slow down their clock.
enum class Manners { honest, attacker };

class Actor final {
 public:
  // Runs `part` in a child, which ends with it.
  Actor(Manners manners, const std::function<void()>& part);
  Actor(const Actor&) = delete;
  Actor& operator=(const Actor&) = delete;
  ~Actor();  // killed

  void freeze() const;  // reads nothing, answers nothing; its kernel still acknowledges
  void thaw() const;
  // The exit code, once it has ended by itself.
  std::optional<int> ended();

 private:
  pid_t process_;
  std::optional<int> status_;
};

// For memory that processes share: they have the same clock.
std::uint64_t nanoseconds(Clock::time_point moment);

// Looks about every ten milliseconds until it is so. False: not in that time.
bool wait_until(milliseconds patience, const std::function<bool()>& is_so);
// Lets the time pass, and looks meanwhile.
void pass(milliseconds length, const std::function<void()>& look);

}  // namespace sockchat::abuse
