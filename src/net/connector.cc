#include "sockchat/net/connector.h"

#include <cerrno>
#include <utility>

namespace sockchat::net {

Connector::Connector(Reactor& reactor, std::vector<SocketAddress> addresses, Duration patience, Done done)
    : reactor_(reactor), addresses_(std::move(addresses)), patience_(patience), done_(std::move(done)) {
  // Even the first attempt may fail at once, and nobody is told inside the constructor.
  timer_ = reactor_.schedule(reactor_.now().mono, [this] { try_next(); });
}

Connector::~Connector() { abandon(); }

void Connector::try_next() {
  for (;;) {
    abandon();
    if (next_ == addresses_.size()) return give_up();
    auto started = start_connect(addresses_[next_++]);
    if (!started) {
      last_failure_ = std::move(started.error().text);
      continue;
    }
    fd_ = *std::move(started);
    auto watch = reactor_.watch(fd_.get(), *this);
    if (!watch) {
      last_failure_ = std::move(watch.error().text);
      continue;
    }
    watch_ = *watch;
    timer_ = reactor_.schedule(reactor_.now().mono + patience_, [this] { attempt_failed(ETIMEDOUT); });
    return;
  }
}

void Connector::on_event(std::uint32_t events) {
  if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) return;
  if (const int error = connect_error(fd_.get()); error != 0) return attempt_failed(error);
  UniqueFd connected = std::move(fd_);
  reactor_.unwatch(std::exchange(watch_, {}));
  finish(std::move(connected));
}

void Connector::attempt_failed(int error) {
  last_failure_ = errno_text(error);
  try_next();
}

void Connector::give_up() {
  if (addresses_.empty()) return finish(fail(Errc::system, "there is no address to connect to"));
  finish(fail(Errc::system, last_failure_));
}

void Connector::finish(Result<UniqueFd> outcome) {
  abandon();
  // Both outlive a connector that is destroyed in the call.
  Done done = std::move(done_);
  const SocketAddress address = last_address();
  done(std::move(outcome), address);
}

SocketAddress Connector::last_address() const { return next_ == 0 ? SocketAddress() : addresses_[next_ - 1]; }

void Connector::abandon() {
  reactor_.cancel(std::exchange(timer_, {}));
  reactor_.unwatch(std::exchange(watch_, {}));
  fd_.reset();
}

}  // namespace sockchat::net
