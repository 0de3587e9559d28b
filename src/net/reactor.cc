#include "sockchat/net/reactor.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

#include "sockchat/net/socket.h"

namespace sockchat::net {
namespace {

constexpr std::size_t kEventsPerTurn = 1024;
// Slots of the reactor's own descriptors.
constexpr std::uint64_t kTimerToken = ~std::uint64_t{0};
constexpr std::uint64_t kWakeToken = kTimerToken - 1;

// The slot in the low half, the generation in the high one.
constexpr std::uint64_t token(std::uint32_t slot, std::uint32_t generation) {
  return std::uint64_t{generation} << 32 | slot;
}

Result<UniqueFd> made(int fd, const char* call) {
  if (fd < 0) return fail(Errc::system, fmt::format("{}: {}", call, errno_text(errno)));
  return UniqueFd(fd);
}

TimePoint read_monotonic() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return TimePoint(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

WallTime read_wall() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return WallTime(std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec)));
}

}  // namespace

Result<std::unique_ptr<Reactor>> Reactor::create() {
  auto epoll = made(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  if (!epoll) return tl::unexpected(epoll.error());
  auto timer = made(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd_create");
  if (!timer) return tl::unexpected(timer.error());
  auto wake = made(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd");
  if (!wake) return tl::unexpected(wake.error());
  for (const auto& [fd, own_token] :
       {std::pair(timer->get(), kTimerToken), std::pair(wake->get(), kWakeToken)}) {
    epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.u64 = own_token}};
    if (::epoll_ctl(epoll->get(), EPOLL_CTL_ADD, fd, &event) != 0) {
      return fail(Errc::system, fmt::format("epoll_ctl: {}", errno_text(errno)));
    }
  }
  return std::unique_ptr<Reactor>(new Reactor(std::move(*epoll), std::move(*timer), std::move(*wake)));
}

Reactor::Reactor(UniqueFd epoll, UniqueFd timer, UniqueFd wake)
    : epoll_(std::move(epoll)), timer_(std::move(timer)), wake_(std::move(wake)), events_(kEventsPerTurn) {
  read_clocks();
}

Reactor::~Reactor() {
  // While everything else still stands: what dies here may cancel timers and unwatch.
  std::exchange(retired_, {}).clear();
  std::exchange(posted_, {}).clear();
  const TimerQueue timers = std::exchange(timers_, {});
}

Result<WatchId> Reactor::watch(int fd, EventHandler& handler) {
  if (free_slots_.empty()) {
    slots_.emplace_back();
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size() - 1));
  }
  const std::uint32_t index = free_slots_.back();
  Slot& slot = slots_[index];
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                    .data = {.u64 = token(index, slot.generation)}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    return fail(Errc::system, fmt::format("epoll_ctl: {}", errno_text(errno)));
  }
  free_slots_.pop_back();
  slot.handler = &handler;
  slot.fd = fd;
  return WatchId(token(index, slot.generation));
}

void Reactor::unwatch(WatchId id) {
  const auto index = static_cast<std::uint32_t>(id.value());
  if (!id || index >= slots_.size()) return;
  Slot& slot = slots_[index];
  if (!slot.handler || token(index, slot.generation) != id.value()) return;
  // Fails only when the descriptor was closed before, which unregistered it.
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, slot.fd, nullptr);
  slot.handler = nullptr;
  slot.fd = -1;
  if (++slot.generation == 0) slot.generation = 1;
  free_slots_.push_back(index);
}

void Reactor::post(Task task) {
  bool must_wake = false;
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(task));
    must_wake = std::exchange(asleep_, false);
  }
  if (must_wake) wake();
}

// Any thread.
void Reactor::wake() {
  const std::uint64_t one = 1;
  ssize_t written = -1;
  do {
    written = ::write(wake_.get(), &one, sizeof one);
  } while (written < 0 && errno == EINTR);
  // The counter is full: the loop is awake anyway.
  if (written >= 0 || errno == EAGAIN) return;
  // The timer wakes as well. A deadline that this displaces is armed again when it fires.
  const itimerspec at_once{.it_interval = {}, .it_value = {.tv_sec = 0, .tv_nsec = 1}};
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &at_once, nullptr);
}

void Reactor::join_turn(TurnParticipant& participant) { participants_.push_back(&participant); }

void Reactor::leave_turn(TurnParticipant& participant) {
  // Not erased while a step walks the list.
  std::ranges::replace(participants_, &participant, static_cast<TurnParticipant*>(nullptr));
}

void Reactor::retire(std::unique_ptr<Retired> object) { retired_.push_back(std::move(object)); }

void Reactor::run() {
  while (!stopping_.load(std::memory_order_acquire)) turn(kNever);
  stopping_.store(false, std::memory_order_release);
}

void Reactor::run_once(TimePoint wait_until) { turn(wait_until); }

void Reactor::stop() {
  stopping_.store(true, std::memory_order_release);
  wake();
}

// The order of these steps is a promise; docs/ARCHITECTURE.md says why each stands where it does.
void Reactor::turn(TimePoint wait_until) {
  const int count = wait(wait_until);
  read_clocks();
  dispatch(count);
  timers_.run_due(now_.mono);
  run_posted();
  each_participant(&TurnParticipant::revisit);
  each_participant(&TurnParticipant::flush);
  each_participant(&TurnParticipant::settle);
  std::erase(participants_, nullptr);
  // An object may retire others in its destructor.
  while (!retired_.empty()) std::exchange(retired_, {}).clear();
  arm_timer();
}

int Reactor::timeout_ms(TimePoint wait_until) {
  if (wait_until == TimePoint::min() || !fall_asleep()) return 0;
  if (is_timer_broken_) wait_until = std::min(wait_until, timers_.next_deadline());
  if (wait_until == kNever) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(wait_until - read_monotonic()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

int Reactor::wait(TimePoint wait_until) {
  const int timeout = timeout_ms(wait_until);
  const int count = ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), timeout);
  if (count < 0 && errno != EINTR && !failure_) {
    failure_ = Error{Errc::system, fmt::format("epoll_wait: {}", errno_text(errno))};
    stopping_.store(true, std::memory_order_release);
  }
  const std::lock_guard lock(mutex_);
  asleep_ = false;
  return std::max(count, 0);
}

void Reactor::read_clocks() { now_ = {.mono = read_monotonic(), .wall = read_wall()}; }

void Reactor::dispatch(int count) {
  std::uint64_t drained = 0;
  for (int at = 0; at < count; ++at) {
    const epoll_event& event = events_[static_cast<std::size_t>(at)];
    if (event.data.u64 == kTimerToken || event.data.u64 == kWakeToken) {
      const int fd = event.data.u64 == kTimerToken ? timer_.get() : wake_.get();
      if (event.data.u64 == kTimerToken) armed_ = kNever;
      [[maybe_unused]] const ssize_t got = ::read(fd, &drained, sizeof drained);
      continue;
    }
    const auto index = static_cast<std::uint32_t>(event.data.u64);
    const Slot& slot = slots_[index];
    // Unwatched by an earlier event of this batch, perhaps watched again by somebody else.
    if (!slot.handler || token(index, slot.generation) != event.data.u64) continue;
    slot.handler->on_event(event.events);
  }
}

void Reactor::run_posted() {
  {
    const std::lock_guard lock(mutex_);
    running_.swap(posted_);
  }
  for (Task& task : running_) {
    task();
    task = nullptr;
  }
  running_.clear();
}

void Reactor::arm_timer() {
  const TimePoint next = timers_.next_deadline();
  if (next == armed_ && !is_timer_broken_) return;
  armed_ = next;
  itimerspec when{};
  if (next != kNever) {
    // Zero would disarm it; what is past is due at once.
    const auto since_boot = std::max<Duration>(next.time_since_epoch(), Duration(1));
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_boot);
    when.it_value.tv_sec = seconds.count();
    when.it_value.tv_nsec = (since_boot - seconds).count();
  }
  is_timer_broken_ = ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr) != 0;
}

void Reactor::each_participant(void (TurnParticipant::*step)()) {
  // By index: who joins or leaves meanwhile does no harm.
  for (std::size_t at = 0; at < participants_.size(); ++at) {
    if (participants_[at]) (participants_[at]->*step)();
  }
}

// False when there is work that no event would announce.
bool Reactor::fall_asleep() {
  if (stopping_.load(std::memory_order_acquire)) return false;
  for (const TurnParticipant* participant : participants_) {
    if (participant && participant->has_revisits()) return false;
  }
  arm_timer();  // for what was scheduled outside of a turn
  const std::lock_guard lock(mutex_);
  asleep_ = posted_.empty();
  return asleep_;
}

}  // namespace sockchat::net
