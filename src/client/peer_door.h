// The port at which peers of private chats call. It is the client's as long as it runs, and open only while
// somebody is expected; then it takes those who come from a host that is admitted, and keeps everybody else
// waiting, without a byte, for 5 s in case the server's word about him is under way. Loop thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sockchat/base/result.h"
#include "sockchat/base/time.h"
#include "sockchat/net/reactor.h"
#include "sockchat/net/socket.h"

namespace sockchat::net {
class Acceptor;
}

namespace sockchat::client {

// The name under which a host is admitted: this machine has many addresses.
[[nodiscard]] std::string host_of(const net::SocketAddress& address);

class PeerDoor final : private net::TurnParticipant {
 public:
  static constexpr std::size_t kWaitingMax = 16;
  static constexpr Duration kHoldPatience = std::chrono::seconds(5);

  // One from an admitted host; may do anything with the door but destroy it.
  using Welcome = std::move_only_function<void(net::UniqueFd, const net::SocketAddress&)>;

  // `port` 0: the system chooses. Fails (system) when the port cannot be had.
  static Result<std::unique_ptr<PeerDoor>> create(net::Reactor& reactor, std::uint16_t port, Welcome welcome);
  PeerDoor(const PeerDoor&) = delete;
  PeerDoor& operator=(const PeerDoor&) = delete;
  ~PeerDoor() override;

  [[nodiscard]] std::uint16_t port() const { return reserved_.address.port(); }

  // Somebody may be admitted at any moment.
  void expect(bool somebody);
  // Each admission has its dismissal.
  void admit(const std::string& host);
  void dismiss(const std::string& host);

 private:
  struct Caller {
    net::UniqueFd socket;
    net::SocketAddress address;
    TimePoint until;
  };

  PeerDoor(net::Reactor& reactor, net::Listener reserved, Welcome welcome);
  void revisit() override;
  void flush() override {}
  void settle() override {}
  [[nodiscard]] bool has_revisits() const override { return has_changed_; }
  void open();
  void on_call(net::UniqueFd socket, const net::SocketAddress& address);
  void welcome_waiting();
  void turn_away_late();
  void arm();

  net::Reactor& reactor_;
  const net::Listener reserved_;
  Welcome welcome_;
  std::unique_ptr<net::Acceptor> acceptor_;
  bool is_expecting_ = false;
  std::multiset<std::string> admitted_;
  std::vector<Caller> waiting_;
  net::TimerId timer_;
  bool has_changed_ = false;
};

}  // namespace sockchat::client
