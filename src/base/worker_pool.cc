#include "sockchat/base/worker_pool.h"

#include <system_error>
#include <utility>

namespace sockchat {

WorkerPool::WorkerPool(std::size_t threads, std::size_t queue_max, Executor& executor)
    : queue_max_(queue_max), executor_(executor) {
  threads_.reserve(threads);
  try {
    for (std::size_t started = 0; started < threads; ++started) {
      threads_.emplace_back([this] { work(); });
    }
  } catch (const std::system_error&) {
    join();  // those that did start
    throw;
  }
}

WorkerPool::~WorkerPool() { join(); }

void WorkerPool::join() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    queue_.clear();
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool WorkerPool::try_submit(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= queue_max_) return false;
    queue_.push_back(std::move(job));
  }
  changed_.notify_one();
  return true;
}

void WorkerPool::work() {
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    Task told = job();
    if (told) executor_.post(std::move(told));
  }
}

}  // namespace sockchat
