// A fixed number of threads with one bounded queue, for work that must not happen on the loop thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "sockchat/base/task.h"

namespace sockchat {

// The destructor drops what is queued, waits for what runs, and joins.
class WorkerPool final {
 public:
  // What runs on a worker. It returns the task that tells the result, which the pool posts to the executor;
  // an empty task is not posted.
  using Job = std::move_only_function<Task()>;

  // `executor` must outlive the pool. Throws std::system_error when the system gives no thread.
  WorkerPool(std::size_t threads, std::size_t queue_max, Executor& executor);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  ~WorkerPool();

  // False, and the job untouched by any thread, when the queue is full. Any thread.
  [[nodiscard]] bool try_submit(Job job);

 private:
  void work();
  void join();

  const std::size_t queue_max_;
  Executor& executor_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace sockchat
