// The program: a ClientCore on the reactor, between one connection and one console. Loop thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "client/console.h"
#include "client/peer_hub.h"
#include "client/server_gate.h"
#include "sockchat/client_core/client_core.h"
#include "sockchat/net/connection_table.h"
#include "sockchat/net/connector.h"
#include "sockchat/net/reactor.h"
#include "sockchat/net/tls_context.h"

namespace sockchat::client {

// How the server is spoken to, and whether it is the one that was meant.
struct Encryption {
  std::unique_ptr<net::TlsContext> tls;
  ServerGate gate;
};

class Client final : private client_core::ClientOutput,
                     private PeerEvents,
                     private net::ConnectionObserver,
                     private net::TurnParticipant {
 public:
  // Output that the user's side has not taken, beyond which nothing more is read from the server.
  static constexpr std::size_t kUnreadMax = std::size_t{256} * 1024;
  static constexpr Duration kConnectPatience = std::chrono::seconds(10);
  // From the connection to the server's key.
  static constexpr Duration kHandshakePatience = std::chrono::seconds(10);

  // Reads the password anew where ClientConfig::password_again says that it can be had. Must not wait.
  using PasswordSource = std::move_only_function<std::optional<Secret>()>;

  // Connects to the first of `addresses` that answers. The core hears of a connection, and with it anything
  // can be sent, when the gate has let it through; at every one anew. Without encryption there is no gate,
  // and clear text. The references must outlive the client, and so must `memory` and `peers`, which may be
  // absent.
  Client(net::Reactor& reactor, Console& console, client_core::ClientConfig config,
         std::vector<net::SocketAddress> addresses, std::optional<Encryption> encryption,
         client_core::ClientMemory* memory = nullptr, PeerHub* peers = nullptr, PasswordSource password = {});
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() override;

  // Somebody wants the program to end: Ctrl-C, SIGTERM. The second time it does not wait for anything.
  void interrupt();
  // When it has a value the reactor is being stopped.
  [[nodiscard]] std::optional<client_core::ExitCode> exit_code() const { return exit_code_; }

 private:
  // ClientOutput
  void connect() override;
  void disconnect() override;
  void send(std::string_view frames) override;
  void print(std::string_view line) override;
  void complain(std::string_view line) override;
  void ask(client_core::Asking asking) override;
  std::string fresh_cid() override;
  std::uint64_t random() override;
  std::optional<Secret> read_password() override;
  void finish(client_core::ExitCode code) override;
  // ConnectionObserver
  std::size_t on_input(ConnectionId id, std::span<char> input) override;
  void on_secured(ConnectionId id, std::string_view peer_pin) override;
  void on_eof(ConnectionId id) override;
  void on_written(ConnectionId, std::uint64_t) override {}
  void on_close(ConnectionId id, CloseReason reason) override;
  // PeerEvents
  void on_peer_open(std::string_view session, bool direct) override;
  void on_peer_frame(std::string_view session, std::span<char> json) override;
  void on_peer_lost(std::string_view session) override;
  void relay(std::string_view session, std::string_view base64) override;
  // TurnParticipant
  void revisit() override;
  void flush() override;
  void settle() override {}
  [[nodiscard]] bool has_revisits() const override;

  void on_connect(Result<net::UniqueFd> socket, const net::SocketAddress& address);
  [[nodiscard]] Result<ConnectionId> adopt(net::UniqueFd socket);
  void hand_over();
  void on_ended(std::string_view before_key);
  void on_no_connection(std::string_view why);
  void pass(const Passage& passage);
  void take(const Typed& typed);
  [[nodiscard]] bool may_type() const;
  void regulate();
  void arm_timer();
  void end(client_core::ExitCode code);
  [[nodiscard]] TimePoint now() const { return reactor_.now().mono; }

  net::Reactor& reactor_;
  Console& console_;
  const std::string server_;
  const std::vector<net::SocketAddress> addresses_;
  std::optional<Encryption> encryption_;
  PasswordSource password_;
  PeerHub* const peers_;
  client_core::ClientVoice voice_;
  client_core::ClientCore core_;
  std::unique_ptr<net::ConnectionTable> table_;
  std::unique_ptr<net::Connector> connector_;
  ConnectionId connection_;
  bool is_loopback_ = false;     // the server of the connection
  bool is_handed_over_ = false;  // the core has the connection
  bool was_connected_ = false;   // once it had one
  bool asking_trust_ = false;
  net::TimerId handshake_timer_;
  bool paused_ = false;
  bool interrupted_ = false;
  bool unflushed_ = false;  // something was said since the last flush()
  net::TimerId timer_;
  TimePoint timer_at_ = kNever;
  std::optional<client_core::ExitCode> finished_;  // by the core; output may still be under way
  std::optional<client_core::ExitCode> exit_code_;
};

}  // namespace sockchat::client
