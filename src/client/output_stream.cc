#include "client/output_stream.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace sockchat::client {

OutputStream::OutputStream(net::Reactor& reactor, int fd) : reactor_(reactor), fd_(fd) {
  if (const auto watch = reactor_.watch(fd_, *this)) watch_ = *watch;
}

OutputStream::~OutputStream() { reactor_.unwatch(watch_); }

// Nothing to note: the turn that it brings ends with a flush.
void OutputStream::on_event(std::uint32_t) {}

void OutputStream::append(std::string_view bytes) {
  if (!broken_) queue_.append(bytes);
}

void OutputStream::flush() {
  while (!queue_.empty()) {
    pollfd query{fd_, POLLOUT, 0};
    const int ready = ::poll(&query, 1, 0);
    if (ready == 0) return;
    // A pipe that is writable takes so much without waiting: pipe(7).
    const std::size_t piece = std::min<std::size_t>(queue_.size(), PIPE_BUF);
    const ssize_t taken = ready < 0 ? -1 : ::write(fd_, queue_.data(), piece);
    if (taken >= 0) {
      queue_.consume(static_cast<std::size_t>(taken));
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR) {
      broken_ = true;
      queue_.clear();
    }
  }
  queue_.release();
}

}  // namespace sockchat::client
