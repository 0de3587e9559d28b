// The system calls that a server makes, and the fortified names of them that the compiler may choose.
#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <string_view>

#include "faults/preload_plan.h"

namespace {

using sockchat::faults::Call;
using sockchat::faults::must_fail;
using sockchat::faults::next;
using sockchat::faults::note_harmless_hit;

// The points of a database's life: what changes a file.
bool must_fail_data(int fd) {
  struct stat status {};
  if (::syscall(SYS_fstat, fd, &status) != 0 || !S_ISREG(status.st_mode)) return false;
  return must_fail(Call::data);
}

// The log is another matter, and has its own tests.
bool must_fail_write(int fd) {
  if (fd == STDERR_FILENO) return false;
  const bool fails = must_fail(Call::write);
  return must_fail_data(fd) || fails;
}

template <class... Arguments>
ssize_t raw(long number, Arguments... arguments) {
  return static_cast<ssize_t>(::syscall(number, arguments...));
}

bool is_harmless(int fd) {
  struct stat status {};
  if (::syscall(SYS_fstat, fd, &status) == 0 && S_ISDIR(status.st_mode)) return true;
  std::array<char, 32> link{};
  std::array<char, 4096> path{};
  std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", fd);
  const auto size = raw(SYS_readlink, link.data(), path.data(), path.size());
  return size > 0 && std::string_view(path.data(), static_cast<std::size_t>(size)).find("/search.db") !=
                         std::string_view::npos;
}

bool must_fail_sync(int fd) {
  const bool fails = must_fail(Call::sync);
  const int error = errno;
  if (fails && is_harmless(fd)) note_harmless_hit();
  errno = error;
  return must_fail_data(fd) || fails;
}

int open_file(const char* path, int flags, mode_t mode) {
  if (must_fail(Call::open)) return -1;
  return static_cast<int>(raw(SYS_openat, AT_FDCWD, path, flags, mode));
}

}  // namespace

#define READS(name, number, parameters, ...) \
  ssize_t name parameters { return must_fail(Call::read) ? -1 : raw(number, __VA_ARGS__); }
#define WRITES(name, number, parameters, ...) \
  ssize_t name parameters { return must_fail_write(fd) ? -1 : raw(number, __VA_ARGS__); }

extern "C" {
READS(read, SYS_read, (int fd, void* out, std::size_t size), fd, out, size)
READS(__read_chk, SYS_read, (int fd, void* out, std::size_t size, std::size_t), fd, out, size)
READS(pread, SYS_pread64, (int fd, void* out, std::size_t size, off_t at), fd, out, size, at)
READS(pread64, SYS_pread64, (int fd, void* out, std::size_t size, off_t at), fd, out, size, at)
READS(__pread_chk, SYS_pread64, (int fd, void* out, std::size_t size, off_t at, std::size_t), fd, out, size,
      at)
READS(__pread64_chk, SYS_pread64, (int fd, void* out, std::size_t size, off_t at, std::size_t), fd, out, size,
      at)
READS(recv, SYS_recvfrom, (int fd, void* out, std::size_t size, int flags), fd, out, size, flags, nullptr,
      nullptr)
READS(__recv_chk, SYS_recvfrom, (int fd, void* out, std::size_t size, std::size_t, int flags), fd, out, size,
      flags, nullptr, nullptr)

WRITES(write, SYS_write, (int fd, const void* from, std::size_t size), fd, from, size)
WRITES(pwrite, SYS_pwrite64, (int fd, const void* from, std::size_t size, off_t at), fd, from, size, at)
WRITES(pwrite64, SYS_pwrite64, (int fd, const void* from, std::size_t size, off_t at), fd, from, size, at)
WRITES(writev, SYS_writev, (int fd, const iovec* from, int count), fd, from, count)
WRITES(send, SYS_sendto, (int fd, const void* from, std::size_t size, int flags), fd, from, size, flags,
       nullptr, 0)
WRITES(sendmsg, SYS_sendmsg, (int fd, const msghdr* message, int flags), fd, message, flags)

int accept4(int fd, sockaddr* peer, socklen_t* size, int flags) {
  return must_fail(Call::accept) ? -1 : static_cast<int>(raw(SYS_accept4, fd, peer, size, flags));
}

int epoll_wait(int fd, epoll_event* events, int count, int timeout) {
  return must_fail(Call::epoll) ? -1 : static_cast<int>(raw(SYS_epoll_wait, fd, events, count, timeout));
}

int epoll_ctl(int fd, int operation, int watched, epoll_event* event) noexcept {
  return must_fail(Call::epoll) ? -1 : static_cast<int>(raw(SYS_epoll_ctl, fd, operation, watched, event));
}

int timerfd_settime(int fd, int flags, const itimerspec* when, itimerspec* before) noexcept {
  return must_fail(Call::epoll) ? -1 : static_cast<int>(raw(SYS_timerfd_settime, fd, flags, when, before));
}

int fsync(int fd) { return must_fail_sync(fd) ? -1 : static_cast<int>(raw(SYS_fsync, fd)); }
int fdatasync(int fd) { return must_fail_sync(fd) ? -1 : static_cast<int>(raw(SYS_fdatasync, fd)); }

int ftruncate(int fd, off_t size) noexcept {
  if (must_fail(Call::truncate) || must_fail_data(fd)) return -1;
  return static_cast<int>(raw(SYS_ftruncate, fd, size));
}
int ftruncate64(int fd, off_t size) noexcept { return ftruncate(fd, size); }

int open(const char* path, int flags, ...) {
  std::va_list rest;
  va_start(rest, flags);
  const auto mode = static_cast<mode_t>(va_arg(rest, int));
  va_end(rest);
  return open_file(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  std::va_list rest;
  va_start(rest, flags);
  const auto mode = static_cast<mode_t>(va_arg(rest, int));
  va_end(rest);
  return open_file(path, flags, mode);
}
int __open_2(const char* path, int flags) { return open_file(path, flags, 0); }
int __open64_2(const char* path, int flags) { return open_file(path, flags, 0); }

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                   void* argument) noexcept {
  using Create = int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static Create* create = nullptr;
  if (must_fail(Call::thread)) return EAGAIN;
  return next("pthread_create", create)(thread, attributes, start, argument);
}
}
