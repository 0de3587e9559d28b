#include "sockchat/net/acceptor.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace sockchat::net {
namespace {

constexpr Duration kPauseMin = std::chrono::milliseconds(10);
constexpr Duration kPauseMax = std::chrono::seconds(1);

// What became of one connection while it waited, and no matter of the listener; accept(2) lists them.
bool concerns_one_connection(int error) {
  switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPERM:
    case ENETDOWN:
    case EPROTO:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case ENETUNREACH:
      return true;
    default:
      return false;
  }
}

}  // namespace

Result<std::unique_ptr<Acceptor>> Acceptor::create(Reactor& reactor, Listener listener,
                                                   std::size_t accepts_per_turn, Observer observer) {
  std::unique_ptr<Acceptor> acceptor(
      new Acceptor(reactor, std::move(listener), accepts_per_turn, std::move(observer)));
  auto watch = reactor.watch(acceptor->listener_.fd.get(), *acceptor);
  if (!watch) return tl::unexpected(std::move(watch.error()));
  acceptor->watch_ = *watch;
  return acceptor;
}

Acceptor::Acceptor(Reactor& reactor, Listener listener, std::size_t accepts_per_turn, Observer observer)
    : reactor_(reactor),
      listener_(std::move(listener)),
      accepts_per_turn_(accepts_per_turn),
      observer_(std::move(observer)),
      pause_length_(kPauseMin) {
  reactor_.join_turn(*this);
}

Acceptor::~Acceptor() {
  reactor_.leave_turn(*this);
  reactor_.cancel(pause_timer_);
  reactor_.unwatch(watch_);
}

// Accepting waits for step 6, so that one turn has one budget, whether the edge came now or earlier.
void Acceptor::on_event(std::uint32_t) { readable_ = true; }

void Acceptor::revisit() {
  if (has_revisits()) accept_some();
}

void Acceptor::accept_some() {
  for (std::size_t left = accepts_per_turn_; left > 0; --left) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    auto* const peer = reinterpret_cast<sockaddr*>(&storage);
    UniqueFd fd(::accept4(listener_.fd.get(), peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd) {
      pause_length_ = kPauseMin;
      observer_.on_accept(std::move(fd), SocketAddress(peer, size));
    } else if (errno == EAGAIN) {
      readable_ = false;
      return;
    } else if (!concerns_one_connection(errno)) {
      pause(errno);
      return;
    }
  }
}

void Acceptor::pause(int error) {
  // The connections wait in the backlog meanwhile; trying at once would only burn the processor.
  pause_timer_ = reactor_.schedule(reactor_.now().mono + pause_length_, [this] { pause_timer_ = {}; });
  pause_length_ = std::min(2 * pause_length_, kPauseMax);
  observer_.on_trouble({Errc::system, "accept: " + errno_text(error)});
}

}  // namespace sockchat::net
