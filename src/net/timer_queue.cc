#include "sockchat/net/timer_queue.h"

#include <algorithm>
#include <utility>

namespace sockchat::net {
namespace {
// A min-heap; equal deadlines in the order of scheduling.
constexpr auto kLater = [](const auto& left, const auto& right) {
  return left.when != right.when ? left.when > right.when : left.id > right.id;
};
}  // namespace

TimerId TimerQueue::schedule(TimePoint when, Task task) {
  const std::uint64_t id = ++last_id_;
  heap_.push_back({when, id});
  std::ranges::push_heap(heap_, kLater);
  tasks_.emplace(id, std::move(task));
  return TimerId(id);
}

bool TimerQueue::cancel(TimerId id) {
  // Held until the end: what the task captured may use this queue while it dies.
  const auto cancelled = tasks_.extract(id.value());
  if (cancelled.empty()) return false;
  if (heap_.size() > 64 && heap_.size() > 2 * tasks_.size()) {
    std::erase_if(heap_, [this](const Entry& entry) { return !tasks_.contains(entry.id); });
    std::ranges::make_heap(heap_, kLater);
  }
  return true;
}

void TimerQueue::run_due(TimePoint now) {
  // Taken out before the first one runs: what they schedule has to wait, what they cancel must not run.
  std::vector<std::uint64_t> due;
  for (; !heap_.empty() && heap_.front().when <= now; heap_.pop_back()) {
    due.push_back(heap_.front().id);
    std::ranges::pop_heap(heap_, kLater);
  }
  for (const std::uint64_t id : due) {
    auto task = tasks_.extract(id);
    if (!task.empty()) task.mapped()();
  }
}

TimePoint TimerQueue::next_deadline() {
  drop_top();
  return heap_.empty() ? kNever : heap_.front().when;
}

void TimerQueue::drop_top() {
  while (!heap_.empty() && !tasks_.contains(heap_.front().id)) {
    std::ranges::pop_heap(heap_, kLater);
    heap_.pop_back();
  }
}

}  // namespace sockchat::net
