#include "sockchat/base/worker_pool.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <condition_variable>
#include <latch>
#include <memory>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "unit/base/failing_thread.h"

namespace sockchat {
namespace {

constexpr auto kPatience = std::chrono::seconds(10);

// Collects what workers post; the test runs it on its own thread.
class Inbox final : public Executor {
 public:
  void post(Task task) override {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    changed_.notify_all();
  }
  [[nodiscard]] bool run(std::size_t count) {
    std::unique_lock lock(mutex_);
    const bool arrived = changed_.wait_for(lock, kPatience, [&] { return tasks_.size() >= count; });
    for (Task& task : std::exchange(tasks_, {})) task();
    return arrived;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Task> tasks_;
};

TEST_CASE("a pool that does not get all of its threads says so, and leaves none behind") {
  Inbox inbox;
  const FailingThread failing(3);
  CHECK_THROWS_AS(WorkerPool(4, 8, inbox), std::system_error);
}

TEST_CASE("a job runs on a worker, and its result is told on the executor's thread") {
  Inbox inbox;
  WorkerPool pool(1, 8, inbox);
  const std::thread::id here = std::this_thread::get_id();
  std::thread::id worked_on;
  std::thread::id told_on;
  REQUIRE(pool.try_submit([&] {
    worked_on = std::this_thread::get_id();
    return Task([&] { told_on = std::this_thread::get_id(); });
  }));
  REQUIRE(inbox.run(1));
  CHECK(worked_on != here);
  CHECK(told_on == here);
}

TEST_CASE("one worker keeps the order of the jobs") {
  Inbox inbox;
  WorkerPool pool(1, 100, inbox);
  std::vector<int> told;
  for (int job = 0; job < 100; ++job) {
    REQUIRE(pool.try_submit([&told, job] { return Task([&told, job] { told.push_back(job); }); }));
  }
  REQUIRE(inbox.run(100));
  REQUIRE(told.size() == 100);
  CHECK(std::ranges::is_sorted(told));
}

TEST_CASE("a full queue refuses the next job, and takes one again when there is room") {
  Inbox inbox;
  std::latch started(1);
  std::latch go_on(1);
  WorkerPool pool(1, 2, inbox);
  REQUIRE(pool.try_submit([&] {
    started.count_down();
    go_on.wait();
    return Task([] {});
  }));
  started.wait();
  CHECK(pool.try_submit([] { return Task([] {}); }));
  CHECK(pool.try_submit([] { return Task([] {}); }));
  CHECK_FALSE(pool.try_submit([] { return Task([] {}); }));
  go_on.count_down();
  REQUIRE(inbox.run(3));
  CHECK(pool.try_submit([] { return Task([] {}); }));
  CHECK(inbox.run(1));
}

TEST_CASE("a pool that goes away finishes what runs and drops what waits") {
  Inbox inbox;
  std::latch started(1);
  std::latch go_on(1);
  bool waiting_ran = false;
  bool running_finished = false;
  // Opens the gate only when the destructor has thrown the waiting job away.
  constexpr auto open = [](std::latch* gate) { gate->count_down(); };
  std::unique_ptr<std::latch, decltype(open)> last_words(&go_on);
  {
    WorkerPool pool(1, 8, inbox);
    REQUIRE(pool.try_submit([&] {
      started.count_down();
      go_on.wait();
      running_finished = true;
      return Task();
    }));
    started.wait();
    REQUIRE(pool.try_submit([&waiting_ran, last_words = std::move(last_words)] {
      waiting_ran = true;
      return Task();
    }));
  }
  CHECK(running_finished);
  CHECK_FALSE(waiting_ran);
}

}  // namespace
}  // namespace sockchat
