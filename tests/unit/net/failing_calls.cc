#include "unit/net/failing_calls.h"

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>

namespace sockchat::net {
namespace {

std::atomic<FailingCall> failing = FailingCall::none;
std::atomic<int> failing_with = 0;

template <class... Arguments>
long call_or_fail(FailingCall call, long number, Arguments... arguments) {
  if (failing.load() != call) return ::syscall(number, arguments...);
  errno = failing_with.load();
  return -1;
}

}  // namespace

FailingCalls::FailingCalls(FailingCall call, int error) {
  failing_with = error;
  failing = call;
}

FailingCalls::~FailingCalls() { failing = FailingCall::none; }

extern "C" {
int epoll_wait(int fd, epoll_event* events, int count, int timeout) {
  return static_cast<int>(call_or_fail(FailingCall::epoll_wait, SYS_epoll_wait, fd, events, count, timeout));
}
int timerfd_settime(int fd, int flags, const itimerspec* when, itimerspec* before) noexcept {
  return static_cast<int>(
      call_or_fail(FailingCall::timerfd_settime, SYS_timerfd_settime, fd, flags, when, before));
}
ssize_t read(int fd, void* out, std::size_t size) {
  return call_or_fail(FailingCall::read, SYS_read, fd, out, size);
}
ssize_t write(int fd, const void* from, std::size_t size) {
  return call_or_fail(FailingCall::write, SYS_write, fd, from, size);
}
}

}  // namespace sockchat::net
