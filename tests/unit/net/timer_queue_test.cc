#include "sockchat/net/timer_queue.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sockchat::net {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{1h};

TEST_CASE("timers run in the order of their deadlines, equal ones in the order of scheduling") {
  TimerQueue timers;
  std::string order;
  timers.schedule(kStart + 2s, [&] { order += 'c'; });
  timers.schedule(kStart + 1s, [&] { order += 'a'; });
  timers.schedule(kStart + 2s, [&] { order += 'd'; });
  timers.schedule(kStart + 1s, [&] { order += 'b'; });
  timers.schedule(kStart + 3s, [&] { order += '!'; });
  timers.run_due(kStart + 2s);
  CHECK(order == "abcd");
  CHECK(timers.size() == 1);
}

TEST_CASE("the next deadline is that of the earliest timer that was not cancelled") {
  TimerQueue timers;
  CHECK(timers.next_deadline() == kNever);
  const TimerId early = timers.schedule(kStart + 1s, [] {});
  timers.schedule(kStart + 2s, [] {});
  CHECK(timers.next_deadline() == kStart + 1s);
  CHECK(timers.cancel(early));
  CHECK(timers.next_deadline() == kStart + 2s);
  timers.run_due(kStart + 2s);
  CHECK(timers.next_deadline() == kNever);
}

TEST_CASE("a timer can be cancelled once, and not after it ran") {
  TimerQueue timers;
  const TimerId cancelled = timers.schedule(kStart, [] { FAIL("was cancelled"); });
  const TimerId run = timers.schedule(kStart, [] {});
  CHECK(timers.cancel(cancelled));
  CHECK_FALSE(timers.cancel(cancelled));
  timers.run_due(kStart);
  CHECK_FALSE(timers.cancel(run));
  CHECK_FALSE(timers.cancel(TimerId()));
}

TEST_CASE("a timer may cancel another one that is due with it") {
  TimerQueue timers;
  TimerId second;
  bool cancelled = false;
  timers.schedule(kStart, [&] { cancelled = timers.cancel(second); });
  second = timers.schedule(kStart, [] { FAIL("was cancelled"); });
  timers.run_due(kStart);
  CHECK(cancelled);
  CHECK(timers.size() == 0);
}

TEST_CASE("a timer that schedules a due one does not keep the queue busy") {
  TimerQueue timers;
  int runs = 0;
  const auto again = [&](const auto& self) -> void {
    ++runs;
    timers.schedule(kStart, [&] { self(self); });
  };
  again(again);
  timers.run_due(kStart);
  CHECK(runs == 2);
  timers.run_due(kStart);
  CHECK(runs == 3);
}

TEST_CASE("a cancelled timer's captures may cancel another timer while they die") {
  TimerQueue timers;
  const TimerId other = timers.schedule(kStart, [] { FAIL("was cancelled"); });
  const auto cancel_other = [&timers](const TimerId* id) { timers.cancel(*id); };
  std::unique_ptr<const TimerId, decltype(cancel_other)> guard(&other, cancel_other);
  const TimerId first = timers.schedule(kStart, [guard = std::move(guard)] {});
  CHECK(timers.cancel(first));
  CHECK(timers.size() == 0);
}

TEST_CASE("the queue stays in order while most of its timers are cancelled") {
  TimerQueue timers;
  std::vector<int> order;
  for (int at = 0; at < 1000; ++at) {
    const int minute = at * 7919 % 1000;
    const TimerId id =
        timers.schedule(kStart + std::chrono::minutes(minute), [&, minute] { order.push_back(minute); });
    if (minute % 10 != 0) CHECK(timers.cancel(id));
  }
  CHECK(timers.size() == 100);
  timers.run_due(kNever);
  REQUIRE(order.size() == 100);
  for (std::size_t at = 0; at < order.size(); ++at) CHECK(order[at] == static_cast<int>(at) * 10);
}

}  // namespace
}  // namespace sockchat::net
