// Deadlines in order, without a clock and without a descriptor. One thread. Equal deadlines run in the order
// of scheduling. A cancelled or run timer's id is never reused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "sockchat/base/ids.h"
#include "sockchat/base/task.h"
#include "sockchat/base/time.h"

namespace sockchat::net {

using TimerId = StrongId<struct TimerTag>;

class TimerQueue final {
 public:
  TimerId schedule(TimePoint when, Task task);
  // False when it has run or was cancelled before. Its task is destroyed, not run.
  bool cancel(TimerId id);
  // Runs what is due at `now`, earliest first. A timer scheduled meanwhile waits for the next call, even when
  // due.
  void run_due(TimePoint now);
  // kNever when nothing is scheduled.
  [[nodiscard]] TimePoint next_deadline();
  [[nodiscard]] std::size_t size() const { return tasks_.size(); }

 private:
  struct Entry {
    TimePoint when;
    std::uint64_t id;
  };
  void drop_top();

  std::vector<Entry> heap_;  // cancelled entries stay until they surface, or until they are half of it
  std::unordered_map<std::uint64_t, Task> tasks_;
  std::uint64_t last_id_ = 0;
};

}  // namespace sockchat::net
