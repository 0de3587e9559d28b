// Connects to the first of several addresses that answers, one after the other. Loop thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sockchat/base/result.h"
#include "sockchat/net/reactor.h"
#include "sockchat/net/socket.h"

namespace sockchat::net {

class Connector final : private EventHandler {
 public:
  // Told once, never inside the constructor; with the error of the last address when none answered
  // ("Connection refused"; the address stands beside it). The connector may be destroyed in it.
  using Done = std::move_only_function<void(Result<UniqueFd>, const SocketAddress&)>;

  // Each address gets at most `patience`. Destroying the connector gives up, and Done is not told.
  Connector(Reactor& reactor, std::vector<SocketAddress> addresses, Duration patience, Done done);
  ~Connector() override;

 private:
  void on_event(std::uint32_t events) override;
  void try_next();
  void attempt_failed(int error);
  void give_up();
  void finish(Result<UniqueFd> outcome);
  [[nodiscard]] SocketAddress last_address() const;
  void abandon();

  Reactor& reactor_;
  std::vector<SocketAddress> addresses_;
  std::size_t next_ = 0;
  const Duration patience_;
  Done done_;
  UniqueFd fd_;
  WatchId watch_;
  TimerId timer_;
  std::string last_failure_;
};

}  // namespace sockchat::net
