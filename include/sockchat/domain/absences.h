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

class Absences final {
 public:
  explicit Absences(Duration length) : length_(length) {}

  // A session of this family ended at `left`, which was given the broadcasts behind `begin`. Calls come in
  // the order of time.
  void began(LoginId family, MessageId begin, TimePoint left);
  // Where the session began, if it ended less than `length` ago; forgets it.
  [[nodiscard]] std::optional<MessageId> take(LoginId family, TimePoint now);
  // Its tokens are dead.
  void forget(LoginId family) { away_.erase(family); }
  [[nodiscard]] std::size_t size() const { return away_.size(); }

 private:
  struct Absence {
    MessageId begin;
    TimePoint left;
  };
  void expire(TimePoint now);

  const Duration length_;
  std::unordered_map<LoginId, Absence> away_;
  std::deque<std::pair<TimePoint, LoginId>> order_;  // by time; entries of those who came back are stale
};

}  // namespace sockchat::domain
