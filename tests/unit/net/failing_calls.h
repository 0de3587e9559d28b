// Makes a system call of this process fail until the object dies. The definitions in this program take
// precedence over libc's.
#pragma once

#include <cstdint>

namespace sockchat::net {

enum class FailingCall : std::uint8_t { none, epoll_wait, timerfd_settime, read, write };

class FailingCalls final {
 public:
  FailingCalls(FailingCall call, int error);
  FailingCalls(const FailingCalls&) = delete;
  FailingCalls& operator=(const FailingCalls&) = delete;
  ~FailingCalls();
};

}  // namespace sockchat::net
