// The loop: edge-triggered epoll, one timerfd, and a fixed order within a turn (docs/ARCHITECTURE.md):
//
//   1 wait          2 read the clocks   3 dispatch events   4 due timers
//   5 posted tasks  6 revisits          7 flush             8 settle
//
// Everything but post() and stop() is for the loop thread. Each descriptor is registered once, for
// IN|OUT|RDHUP|EPOLLET, and never modified: who watches it keeps its own readiness bits, which only EAGAIN
// clears. epoll(7), timerfd_create(2), eventfd(2).
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "sockchat/base/result.h"
#include "sockchat/base/task.h"
#include "sockchat/base/time.h"
#include "sockchat/net/timer_queue.h"
#include "sockchat/net/unique_fd.h"

namespace sockchat::net {

// Slot and generation of a watched descriptor. A stale event of the batch fails the comparison of
// generations.
using WatchId = StrongId<struct WatchTag>;

// Told of a descriptor's edges.
class EventHandler {
 public:
  virtual ~EventHandler() = default;
  // `events` as epoll gave them. May unwatch or destroy anything through the reactor, itself included.
  virtual void on_event(std::uint32_t events) = 0;
};

// Takes part in the last three steps of every turn; the connection table is one.
class TurnParticipant {
 public:
  virtual ~TurnParticipant() = default;
  // Step 6: what used up its budget goes on. Work that is left over is announced by has_revisits().
  virtual void revisit() = 0;
  // Step 7: one gathered write for each connection that has output.
  virtual void flush() = 0;
  // Step 8: close notices.
  virtual void settle() = 0;
  // True while the next wait must not block.
  [[nodiscard]] virtual bool has_revisits() const = 0;
};

// Anything that dies at the end of a turn.
class Retired {
 public:
  virtual ~Retired() = default;
};

class Reactor final : public Executor {
 public:
  // Fails (system) when epoll, timerfd or eventfd cannot be had.
  static Result<std::unique_ptr<Reactor>> create();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;
  ~Reactor() override;

  // `handler` must stay until unwatch(). The descriptor stays the caller's.
  Result<WatchId> watch(int fd, EventHandler& handler);
  // Also for an id that is gone. No event arrives afterwards, not even one of the batch that is being
  // dispatched.
  void unwatch(WatchId id);

  TimerId schedule(TimePoint when, Task task) { return timers_.schedule(when, std::move(task)); }
  bool cancel(TimerId id) { return timers_.cancel(id); }

  // Any thread; see Executor. Tasks posted by tasks run in the next turn, which then does not wait.
  void post(Task task) override;

  // `participant` must outlive run(), or leave first. Order of joining is order of calling.
  void join_turn(TurnParticipant& participant);
  void leave_turn(TurnParticipant& participant);
  // Destroyed in step 8 of this turn, or with the reactor.
  void retire(std::unique_ptr<Retired> object);

  // The moment of this turn; before the first turn, the moment of construction.
  [[nodiscard]] Moment now() const { return now_; }

  // Runs turns until stop(), or until the system gives no events any more, which failure() tells. Must be
  // called by one thread only.
  void run();
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }
  // One turn, which waits at most until `wait_until` (not at all by default). For tests and for shutdown.
  void run_once(TimePoint wait_until = TimePoint::min());
  // Any thread: run() returns at the end of its turn.
  void stop();

 private:
  struct Slot {
    EventHandler* handler = nullptr;
    std::uint32_t generation = 1;
    int fd = -1;
  };

  Reactor(UniqueFd epoll, UniqueFd timer, UniqueFd wake);
  void turn(TimePoint wait_until);
  int wait(TimePoint wait_until);
  [[nodiscard]] int timeout_ms(TimePoint wait_until);
  void wake();
  void read_clocks();
  void dispatch(int count);
  void run_posted();
  void arm_timer();
  [[nodiscard]] bool fall_asleep();
  void each_participant(void (TurnParticipant::*step)());

  UniqueFd epoll_;
  UniqueFd timer_;
  UniqueFd wake_;
  Moment now_;
  TimerQueue timers_;
  TimePoint armed_ = kNever;
  bool is_timer_broken_ = false;  // the last arming failed: the wait itself has to end in time
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::vector<epoll_event> events_;
  std::vector<TurnParticipant*> participants_;
  std::vector<std::unique_ptr<Retired>> retired_;
  std::mutex mutex_;  // guards the next two only
  std::vector<Task> posted_;
  bool asleep_ = false;  // the loop waits, or is about to: who posts first has to wake it
  std::vector<Task> running_;
  std::atomic<bool> stopping_ = false;
  std::optional<Error> failure_;
};

}  // namespace sockchat::net
