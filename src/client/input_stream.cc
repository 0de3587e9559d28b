#include "client/input_stream.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace sockchat::client {

InputStream::InputStream(net::Reactor& reactor, int fd) : reactor_(reactor), fd_(fd) {
  if (const auto watch = reactor_.watch(fd_, *this)) watch_ = *watch;
}

InputStream::~InputStream() { reactor_.unwatch(watch_); }

void InputStream::on_event(std::uint32_t) { readable_ = true; }

std::size_t InputStream::read(std::span<char> to) {
  if (!readable()) return 0;
  pollfd query{fd_, POLLIN, 0};
  const int ready = ::poll(&query, 1, 0);
  if (ready == 0) {
    readable_ = false;
    return 0;
  }
  const ssize_t got = ready < 0 ? -1 : ::read(fd_, to.data(), to.size());
  if (got > 0) return static_cast<std::size_t>(got);
  if (got < 0 && errno == EINTR) return 0;
  if (got < 0 && errno == EAGAIN) {  // somebody else made it non-blocking, and was faster
    readable_ = false;
    return 0;
  }
  ended_ = true;
  return 0;
}

}  // namespace sockchat::client
