// An executor that the test steps by hand. Tasks may come from any thread; they run on the one that steps.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>

#include "sockchat/base/task.h"

namespace sockchat::test {

class ManualExecutor final : public Executor {
 public:
  void post(Task task) override {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    posted_.notify_one();
  }

  // Runs the oldest task; false when there is none.
  bool run_one() { return run_next(std::chrono::milliseconds(0)); }

  // Runs tasks, and waits for more, until the condition holds. False when it does not within `patience`.
  template <class Condition>
  bool run_until(const Condition& condition, std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
      const auto left = deadline - std::chrono::steady_clock::now();
      if (left <= left.zero()) return false;
      // The condition may come true without a task.
      run_next(std::min(kLook, std::chrono::ceil<std::chrono::milliseconds>(left)));
    }
    return true;
  }

  [[nodiscard]] std::size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return tasks_.size();
  }

 private:
  static constexpr std::chrono::milliseconds kLook{5};

  bool run_next(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    if (!posted_.wait_for(lock, patience, [this] { return !tasks_.empty(); })) return false;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    return true;
  }

  mutable std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<Task> tasks_;
};

}  // namespace sockchat::test
