// Takes new connections from a listening socket: until EAGAIN, at most `accepts_per_turn` a turn. When
// descriptors run out (EMFILE, ENFILE) it pauses from 10 ms, doubling to 1 s, and goes on by itself; nobody
// who is connected notices.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "sockchat/base/result.h"
#include "sockchat/net/reactor.h"
#include "sockchat/net/socket.h"

namespace sockchat::net {

class Acceptor final : private EventHandler, private TurnParticipant {
 public:
  struct Observer {
    std::move_only_function<void(UniqueFd, const SocketAddress&)> on_accept;
    // accept(2) failed for a reason that is ours to know (EMFILE, ...); at most once for each pause.
    std::move_only_function<void(const Error&)> on_trouble;
  };

  // Loop thread. Destroying it closes the listening socket: nothing new comes in.
  static Result<std::unique_ptr<Acceptor>> create(Reactor& reactor, Listener listener,
                                                  std::size_t accepts_per_turn, Observer observer);
  ~Acceptor() override;

  [[nodiscard]] const SocketAddress& address() const { return listener_.address; }

 private:
  Acceptor(Reactor& reactor, Listener listener, std::size_t accepts_per_turn, Observer observer);
  void on_event(std::uint32_t events) override;
  void revisit() override;
  void flush() override {}
  void settle() override {}
  [[nodiscard]] bool has_revisits() const override { return readable_ && !pause_timer_; }
  void accept_some();
  void pause(int error);

  Reactor& reactor_;
  Listener listener_;
  const std::size_t accepts_per_turn_;
  Observer observer_;
  WatchId watch_;
  bool readable_ = false;
  TimerId pause_timer_;
  Duration pause_length_;
};

}  // namespace sockchat::net
