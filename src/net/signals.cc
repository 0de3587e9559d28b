#include "sockchat/net/signals.h"

#include <fmt/format.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

#include "sockchat/base/check.h"
#include "sockchat/net/socket.h"

namespace sockchat::net {

Result<std::unique_ptr<SignalSource>> SignalSource::create(Reactor& reactor,
                                                           std::initializer_list<int> signals,
                                                           Handler handler) {
  sigset_t wanted;
  sigset_t before;
  ::sigemptyset(&wanted);
  for (const int signal : signals) SOCKCHAT_CHECK(::sigaddset(&wanted, signal) == 0);
  SOCKCHAT_CHECK(::pthread_sigmask(SIG_BLOCK, &wanted, &before) == 0);
  UniqueFd fd(::signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC));
  const int error = errno;
  // From here on the destructor puts the mask back.
  std::unique_ptr<SignalSource> source(
      new SignalSource(reactor, std::move(fd), wanted, before, std::move(handler)));
  if (!source->fd_) return fail(Errc::system, fmt::format("signalfd: {}", errno_text(error)));
  auto watch = reactor.watch(source->fd_.get(), *source);
  if (!watch) return tl::unexpected(std::move(watch.error()));
  source->watch_ = *watch;
  return source;
}

SignalSource::SignalSource(Reactor& reactor, UniqueFd fd, const sigset_t& wanted, const sigset_t& before,
                           Handler handler)
    : reactor_(reactor), fd_(std::move(fd)), wanted_(wanted), before_(before), handler_(std::move(handler)) {}

SignalSource::~SignalSource() {
  reactor_.unwatch(watch_);
  // What is still pending would be delivered, and might kill us, when the mask goes.
  while (next_signal() != 0) {
  }
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void SignalSource::on_event(std::uint32_t) {
  while (const int signal = next_signal()) handler_(signal);
}

int SignalSource::next_signal() {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof info) == sizeof info) return static_cast<int>(info.ssi_signo);
  if (errno == EAGAIN) return 0;
  // The edge is not repeated, and who sent it must not be ignored: there is another way to what is pending.
  const timespec at_once{};
  return std::max(::sigtimedwait(&wanted_, nullptr, &at_once), 0);
}

}  // namespace sockchat::net
