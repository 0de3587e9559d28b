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
  if (tasks_.erase(id.value()) == 0) return false;
  if (heap_.size() > 64 && heap_.size() > 2 * tasks_.size()) {
    std::erase_if(heap_, [this](const Entry& entry) { return !tasks_.contains(entry.id); });
    std::ranges::make_heap(heap_, kLater);
  }
  return true;
}

void TimerQueue::run_due(TimePoint now) {
  const std::uint64_t newest = last_id_;
  std::vector<Entry> scheduled_meanwhile;
  for (;;) {
    drop_top();
    if (heap_.empty() || heap_.front().when > now) break;
    std::ranges::pop_heap(heap_, kLater);
    const Entry due = heap_.back();
    heap_.pop_back();
    if (due.id > newest) {
      scheduled_meanwhile.push_back(due);
      continue;
    }
    auto task = tasks_.extract(due.id);
    task.mapped()();
  }
  for (const Entry& entry : scheduled_meanwhile) {
    heap_.push_back(entry);
    std::ranges::push_heap(heap_, kLater);
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
