// The many clients of the load, on the product's reactor and connections. One thread.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "protocol.h"
#include "sockchat/base/result.h"
#include "sockchat/net/connection_table.h"
#include "sockchat/net/connector.h"
#include "sockchat/net/reactor.h"
#include "sockchat/net/tls_context.h"

namespace sockchat::bench {

// What one client was sent at once.
struct Tally {
  std::size_t replies = 0;
  std::size_t events = 0;
};

class Clients final : private net::ConnectionObserver {
 public:
  using OnArrival = std::move_only_function<void(std::size_t client, Tally)>;

  // All must outlive the clients. Without `tls` they speak clear text.
  Clients(net::Reactor& reactor, const Protocol& protocol, net::SocketAddress server,
          const net::TlsContext* tls);

  // Runs the reactor until clients 0 to count - 1 are logged in. Once.
  Result<void> log_in(std::size_t count);
  // Runs the reactor for so long, and tells `on_arrival` what comes. Fails when a request was refused or a
  // connection was lost.
  Result<void> run(Duration length, OnArrival& on_arrival);
  void send(std::size_t client, std::string_view frames);

 private:
  struct Client {
    ConnectionId connection;
    std::unique_ptr<net::Connector> connector;
    std::size_t replies_to_login = 0;  // still to come
  };

  std::size_t on_input(ConnectionId id, std::span<char> input) override;
  void on_eof(ConnectionId id) override;
  void on_written(ConnectionId, std::uint64_t) override {}
  void on_close(ConnectionId id, CloseReason reason) override;

  void open_some();
  void on_connected(std::size_t client, Result<net::UniqueFd> fd);
  void on_login_reply(std::size_t client);
  void on_refused(std::size_t client, std::string_view payload);
  void give_up(std::string text);

  net::Reactor& reactor_;
  const Protocol& protocol_;
  const net::SocketAddress server_;
  const net::TlsContext* const tls_;
  net::ConnectionTable table_;
  std::vector<Client> clients_;
  std::unordered_map<ConnectionId, std::size_t> client_of_;
  std::size_t opened_ = 0;
  std::size_t logged_in_ = 0;
  OnArrival* on_arrival_ = nullptr;
  std::optional<Error> failure_;
};

}  // namespace sockchat::bench
