// Sessions that have ended and may be resumed as if they had not: for `length`, what a session would have
// been given is owed to whoever comes back with a token of its family. Loop thread; monotonic time.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>

#include "sockchat/base/ids.h"
#include "sockchat/base/time.h"

namespace sockchat::domain {

struct Absence {
  MessageId begin;  // the session was given the broadcasts behind this one
  TimePoint left;
};

class Absences final {
 public:
  explicit Absences(Duration length) : length_(length) {}

  // A session of this family ended; also to put back what was taken, when nothing came of it.
  void add(LoginId family, Absence absence);
  // If it ended less than `length` ago; forgets it.
  [[nodiscard]] std::optional<Absence> take(LoginId family, TimePoint now);
  // Its tokens are dead.
  void forget(LoginId family) { away_.erase(family); }
  [[nodiscard]] std::size_t size() const { return away_.size(); }

 private:
  void expire(TimePoint now);

  const Duration length_;
  std::unordered_map<LoginId, Absence> away_;
  // In the order of coming, which is nearly that of time; entries of those who came back are stale.
  std::deque<std::pair<TimePoint, LoginId>> order_;
};

}  // namespace sockchat::domain
