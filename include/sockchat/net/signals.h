// Signals as ordinary events: signalfd(2), no work in handlers.
#pragma once

#include <csignal>
#include <functional>
#include <initializer_list>
#include <memory>

#include "sockchat/base/result.h"
#include "sockchat/net/reactor.h"

namespace sockchat::net {

// Blocks the given signals in this thread, so make it before any other thread is started: they inherit the
// mask. The mask is put back on destruction. SIGPIPE is not our matter: every send uses MSG_NOSIGNAL.
class SignalSource final : private EventHandler {
 public:
  using Handler = std::move_only_function<void(int signal)>;
  static Result<std::unique_ptr<SignalSource>> create(Reactor& reactor, std::initializer_list<int> signals,
                                                      Handler handler);
  ~SignalSource() override;

 private:
  SignalSource(Reactor& reactor, UniqueFd fd, const sigset_t& wanted, const sigset_t& before,
               Handler handler);
  void on_event(std::uint32_t events) override;
  [[nodiscard]] int next_signal();  // 0: none is pending

  Reactor& reactor_;
  UniqueFd fd_;
  WatchId watch_;
  const sigset_t wanted_;
  const sigset_t before_;
  Handler handler_;
};

}  // namespace sockchat::net
