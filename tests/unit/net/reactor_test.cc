#include "sockchat/net/reactor.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include "unit/net/failing_calls.h"
#include "unit/net/net_test_tools.h"

namespace sockchat::net {
namespace {

using namespace std::chrono_literals;

// Writes down which step it is in.
struct Participant final : TurnParticipant {
  explicit Participant(std::string& log) : log_(log) {}
  void revisit() override { log_ += "revisit "; }
  void flush() override { log_ += "flush "; }
  void settle() override { log_ += "settle "; }
  [[nodiscard]] bool has_revisits() const override { return busy; }
  bool busy = false;

 private:
  std::string& log_;
};

struct CallingHandler final : EventHandler {
  void on_event(std::uint32_t) override { on_call(); }
  Task on_call;
};

struct LastWords final : Retired {
  explicit LastWords(Task task) : task_(std::move(task)) {}
  LastWords(const LastWords&) = delete;
  LastWords& operator=(const LastWords&) = delete;
  ~LastWords() override { task_(); }

 private:
  Task task_;
};

TEST_CASE("a turn dispatches, runs timers and tasks, revisits, flushes, settles and retires, in this order") {
  const auto reactor = make_reactor();
  std::string log;
  Participant participant(log);
  reactor->join_turn(participant);
  const auto [near, far] = socket_pair();
  CallingHandler handler;
  handler.on_call = [&] { log += "event "; };
  REQUIRE(reactor->watch(near.get(), handler));
  reactor->post([&] { log += "task "; });
  reactor->schedule(reactor->now().mono, [&] { log += "timer "; });
  reactor->retire(std::make_unique<LastWords>([&] { log += "retired"; }));
  reactor->run_once();
  CHECK(log == "event timer task revisit flush settle retired");
}

TEST_CASE("what a step causes for a later step happens in the same turn, for an earlier step in the next") {
  const auto reactor = make_reactor();
  std::string log;
  reactor->schedule(reactor->now().mono, [&] {
    log += "timer ";
    reactor->post([&] {
      log += "task ";
      reactor->post([&] { log += "second-task "; });
      reactor->schedule(reactor->now().mono, [&] { log += "second-timer "; });
    });
  });
  reactor->run_once();
  CHECK(log == "timer task ");
  reactor->run_once(kNever);  // does not wait: a task is queued
  CHECK(log == "timer task second-timer second-task ");
}

TEST_CASE("a turn does not wait while a participant has work left over") {
  const auto reactor = make_reactor();
  std::string log;
  Participant participant(log);
  participant.busy = true;
  reactor->join_turn(participant);
  reactor->run_once(kNever);
  CHECK(log == "revisit flush settle ");
}

TEST_CASE("participants may join and leave in the middle of a turn") {
  const auto reactor = make_reactor();
  std::string log;
  Participant first(log);
  Participant second(log);
  reactor->join_turn(first);
  reactor->post([&] {
    reactor->leave_turn(first);
    reactor->join_turn(second);
  });
  reactor->run_once();
  CHECK(log == "revisit flush settle ");
  reactor->leave_turn(second);
  reactor->run_once();
  CHECK(log == "revisit flush settle ");
}

TEST_CASE("an edge is told once, and again when something new arrives") {
  const auto reactor = make_reactor();
  const auto [near, far] = socket_pair();
  RecordingHandler handler;
  REQUIRE(reactor->watch(near.get(), handler));
  reactor->run_once();
  REQUIRE(handler.seen.size() == 1);
  CHECK((handler.seen[0] & EPOLLOUT) != 0);
  REQUIRE(::send(far.get(), "x", 1, 0) == 1);
  reactor->run_once();
  REQUIRE(handler.seen.size() == 2);
  CHECK((handler.seen[1] & EPOLLIN) != 0);
  reactor->run_once();
  CHECK(handler.seen.size() == 2);
}

TEST_CASE("a handler that an earlier event of the batch unwatched is not told") {
  const auto reactor = make_reactor();
  const auto [one, two] = socket_pair();
  CallingHandler first;
  CallingHandler second;
  int told = 0;
  const auto first_id = reactor->watch(one.get(), first);
  const auto second_id = reactor->watch(two.get(), second);
  REQUIRE(first_id);
  REQUIRE(second_id);
  // Whichever is told first, the other must not be; nor may who takes over the free slot.
  RecordingHandler newcomer;
  const auto [other, far] = socket_pair();
  const int other_fd = other.get();
  const auto unwatch_both = [&] {
    ++told;
    reactor->unwatch(*first_id);
    reactor->unwatch(*second_id);
    REQUIRE(reactor->watch(other_fd, newcomer));
  };
  first.on_call = unwatch_both;
  second.on_call = unwatch_both;
  reactor->run_once();
  CHECK(told == 1);
  CHECK(newcomer.seen.empty());
  reactor->run_once();
  CHECK(newcomer.seen.size() == 1);
}

TEST_CASE("unwatching twice does not touch who took over the slot") {
  const auto reactor = make_reactor();
  const auto [near, far] = socket_pair();
  RecordingHandler old_handler;
  RecordingHandler new_handler;
  const auto old_id = reactor->watch(near.get(), old_handler);
  REQUIRE(old_id);
  reactor->unwatch(*old_id);
  const auto new_id = reactor->watch(near.get(), new_handler);
  REQUIRE(new_id);
  CHECK(*old_id != *new_id);
  reactor->unwatch(*old_id);
  reactor->unwatch(WatchId());
  reactor->run_once();
  CHECK(old_handler.seen.empty());
  CHECK(new_handler.seen.size() == 1);
}

TEST_CASE("a descriptor that cannot be watched is an error, not a crash") {
  const auto reactor = make_reactor();
  RecordingHandler handler;
  const auto refused = reactor->watch(-1, handler);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::system);
}

TEST_CASE("a timer ends the wait, also one that is earlier than the one before") {
  const auto reactor = make_reactor();
  bool late = false;
  bool early = false;
  const TimePoint start = reactor->now().mono;
  reactor->schedule(start + 1h, [&] { late = true; });
  reactor->run_once();
  reactor->schedule(start + 20ms, [&] { early = true; });
  while (!early) reactor->run_once(kNever);
  CHECK(reactor->now().mono >= start + 20ms);
  CHECK_FALSE(late);
}

TEST_CASE("a cancelled timer does not run, and the next one still does") {
  const auto reactor = make_reactor();
  const TimePoint start = reactor->now().mono;
  bool ran = false;
  const TimerId id = reactor->schedule(start + 5ms, [] { FAIL("was cancelled"); });
  reactor->schedule(start + 10ms, [&] { ran = true; });
  reactor->run_once();
  CHECK(reactor->cancel(id));
  while (!ran) reactor->run_once(kNever);
}

TEST_CASE("the moment of a turn does not change while it lasts") {
  const auto reactor = make_reactor();
  TimePoint before;
  TimePoint after;
  reactor->post([&] {
    before = reactor->now().mono;
    std::this_thread::yield();
    after = reactor->now().mono;
  });
  const TimePoint last_turn = reactor->now().mono;
  reactor->run_once();
  CHECK(before == after);
  CHECK(before >= last_turn);
}

TEST_CASE("a task posted from another thread wakes a loop that waits, and each thread's order is kept") {
  const auto reactor = make_reactor();
  constexpr int kThreads = 4;
  constexpr int kTasks = 2000;
  std::vector<std::vector<int>> seen(kThreads);
  int left = kThreads * kTasks;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int task = 0; task < kTasks; ++task) {
        reactor->post([&, thread, task] {
          seen[static_cast<std::size_t>(thread)].push_back(task);
          if (--left == 0) reactor->stop();
        });
      }
    });
  }
  reactor->run();
  CHECK(left == 0);
  for (const auto& tasks : seen) CHECK(std::ranges::is_sorted(tasks));
}

TEST_CASE("stop ends the loop from another thread, and it can run again") {
  const auto reactor = make_reactor();
  for (int round = 0; round < 100; ++round) {
    const std::jthread stopper([&] { reactor->stop(); });
    reactor->run();
  }
  bool ran = false;
  reactor->post([&] {
    ran = true;
    reactor->stop();
  });
  reactor->run();
  CHECK(ran);
}

TEST_CASE("a loop that gets no events any more ends, and says why") {
  const auto reactor = make_reactor();
  {
    const FailingCalls failing(FailingCall::epoll_wait, EINTR);
    reactor->run_once();
    CHECK_FALSE(reactor->failure());
  }
  const FailingCalls failing(FailingCall::epoll_wait, EIO);
  reactor->run();
  CHECK(reactor->failure() == Error{Errc::system, "epoll_wait: Input/output error"});
}

TEST_CASE("timers fire in time although the descriptor for them cannot be armed") {
  const auto reactor = make_reactor();
  bool fired = false;
  const FailingCalls failing(FailingCall::timerfd_settime, ENOMEM);
  reactor->schedule(reactor->now().mono + 20ms, [&] { fired = true; });
  reactor->schedule(reactor->now().mono + 10s, [&] { reactor->stop(); });
  const TimePoint before = reactor->now().mono;
  while (!fired) reactor->run_once(kNever);
  CHECK(reactor->now().mono - before < 5s);
}

TEST_CASE("a loop that cannot be woken by the one descriptor is woken by the other") {
  const auto reactor = make_reactor();
  bool ran = false;
  // What the test relies on when the loop is not woken.
  reactor->schedule(reactor->now().mono + 10s, [&] { reactor->stop(); });
  const TimePoint before = reactor->now().mono;
  const FailingCalls failing(FailingCall::write, EIO);
  const std::jthread poster([&] {
    reactor->post([&] {
      ran = true;
      reactor->stop();
    });
  });
  reactor->run();
  CHECK(ran);
  CHECK(reactor->now().mono - before < 5s);
}

TEST_CASE("tasks and retired objects that are still there die with the reactor, which they may still use") {
  auto reactor = make_reactor();
  int died = 0;
  const auto use_it = [&, raw = reactor.get()](TimerId* id) {
    ++died;
    raw->cancel(*id);
    raw->unwatch(WatchId(1));
  };
  TimerId none;
  const auto guard = [&] { return std::unique_ptr<TimerId, decltype(use_it)>(&none, use_it); };
  reactor->post([held = guard()] {});
  reactor->schedule(kNever, [held = guard()] {});
  reactor->retire(std::make_unique<LastWords>([held = guard()] {}));
  reactor.reset();
  CHECK(died == 3);
}

}  // namespace
}  // namespace sockchat::net
