// The connections of the client's private chats, straight or through the server: client_core's PeerLinks on
// the reactor. Loop thread.
//
// Straight: the side that dials calls at the other's door for up to 5 s; then both go through the server. A
// connection is a peer's when its TLS has shown exactly the introduced key and its first frame is the proof
// (peer_proof.h) for the chat; the side that was called proves itself after that. Nothing else is read
// before, and neither side takes the chat for open before the other's proof.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "client/peer_door.h"
#include "client/relayed_stream.h"
#include "sockchat/base/result.h"
#include "sockchat/base/secret.h"
#include "sockchat/client_core/peer_links.h"
#include "sockchat/net/connection_table.h"
#include "sockchat/net/connector.h"
#include "sockchat/net/reactor.h"
#include "sockchat/net/tls_context.h"
#include "sockchat/wire/request.h"

namespace sockchat::client {

// What becomes of the links, as ClientCore's on_peer_* and relay() have it. on_peer_* are never called inside
// a call of PeerLinks.
class PeerEvents {
 public:
  virtual ~PeerEvents() = default;
  virtual void on_peer_open(std::string_view session, bool direct) = 0;
  virtual void on_peer_frame(std::string_view session, std::span<char> json) = 0;
  virtual void on_peer_lost(std::string_view session) = 0;
  virtual void relay(std::string_view session, std::string_view base64) = 0;
};

struct PeerPatience {
  Duration direct = std::chrono::seconds(5);
  Duration proof =
      std::chrono::seconds(2);  // more, for a connection on which only the other's proof is missing
  Duration relayed = std::chrono::seconds(15);
  Duration dial_again = std::chrono::milliseconds(200);
};

struct PeerConfig {
  Secret identity;         // tls_identity.h
  std::uint16_t port = 0;  // 0: the system chooses
  bool relay_only = false;
  PeerPatience patience = {};
};

class PeerHub final : public client_core::PeerLinks,
                      private net::ConnectionObserver,
                      private net::TurnParticipant {
 public:
  // Callers that have not proved yet who they are.
  static constexpr std::size_t kCallersMax = 16;

  // Fails with what is wrong with the identity or the port.
  static Result<std::unique_ptr<PeerHub>> create(net::Reactor& reactor, PeerConfig config);
  PeerHub(const PeerHub&) = delete;
  PeerHub& operator=(const PeerHub&) = delete;
  ~PeerHub() override;

  // Once, before anything else; must outlive the run of the reactor.
  void attach(PeerEvents& events) { events_ = &events; }
  // While paused no frames of peers are taken, and nothing is read from direct ones.
  void pause(bool paused);

  // PeerLinks
  std::optional<Listening> listening() override;
  void expect(bool somebody) override;
  void open(const client_core::Introduction& introduction) override;
  void send(std::string_view session, std::string_view frames) override;
  std::size_t queued(std::string_view session) override;
  void on_relayed(std::string_view session, std::string_view base64) override;
  void close(std::string_view session) override;
  Number safety_number(std::string_view own_name, std::string_view peer,
                       const client_core::KeyPin& peer_key) override;

 private:
  struct Peering {
    client_core::Introduction who;
    bool is_open = false;
    bool is_admitted = false;    // at the door
    bool has_proved = false;     // itself, to the peer
    bool has_more_time = false;  // as PeerPatience::proof says
    std::unique_ptr<net::Connector> connector = nullptr;
    ConnectionId connection = {};  // the straight one
    std::unique_ptr<RelayedStream> stream = nullptr;
    net::TimerId deadline = {};
    net::TimerId again = {};
  };
  using Peerings = std::map<std::string, Peering, std::less<>>;  // by session
  // A straight connection; `session` is empty for a caller that has not proved yet.
  struct Line {
    std::string session;
    std::string host;
    net::TimerId deadline = {};
  };

  PeerHub(net::Reactor& reactor, PeerConfig config, std::unique_ptr<net::TlsContext> tls,
          client_core::KeyPin pin);

  // ConnectionObserver
  std::size_t on_input(ConnectionId id, std::span<char> input) override;
  void on_secured(ConnectionId id, std::string_view peer_pin) override;
  void on_eof(ConnectionId id) override;
  void on_written(ConnectionId, std::uint64_t) override {}
  void on_close(ConnectionId id, CloseReason reason) override;
  // TurnParticipant
  void revisit() override;
  void flush() override {}
  void settle() override { retired_.clear(); }
  [[nodiscard]] bool has_revisits() const override;

  // --- ways to the peer (peer_hub.cc)
  void dial(const std::string& session);
  void dial_again(Peering& peering);
  void on_dialed(std::string session, Result<net::UniqueFd> socket, const net::SocketAddress& address);
  void on_caller(net::UniqueFd socket, const net::SocketAddress& address);
  void on_direct_late(const std::string& session);
  void go_through_server(Peering& peering);
  void leave_door(Peering& peering);
  void drop_line(ConnectionId id);
  void lose(const std::string& session);
  Peerings::node_type take_out(Peerings::iterator peering);

  // --- what is said on them (peer_hub_frames.cc)
  std::size_t take_frames(const std::string& session, std::span<char> input);
  std::size_t take_caller(ConnectionId id, std::span<char> input);
  void read_stream(const std::string& session);
  [[nodiscard]] Peering* find_proven(const net::Transport& transport, std::span<char> json,
                                     std::string_view host);
  [[nodiscard]] bool is_proof(const Peering& peering, const net::Transport& transport, std::span<char> json);
  [[nodiscard]] bool is_proof(const Peering& peering, const net::Transport& transport,
                              const wire::Request& frame) const;
  [[nodiscard]] Result<void> prove(Peering& peering, const net::Transport& transport);
  [[nodiscard]] Result<void> send_on(Peering& peering, std::string_view frames);
  void open_chat(Peering& peering);

  [[nodiscard]] TimePoint now() const { return reactor_.now().mono; }

  net::Reactor& reactor_;
  const PeerConfig config_;
  const std::unique_ptr<net::TlsContext> tls_;
  const client_core::KeyPin pin_;
  PeerEvents* events_ = nullptr;
  std::unique_ptr<net::ConnectionTable> table_;
  std::unique_ptr<PeerDoor> door_;  // none: through the server only
  Peerings peerings_;
  std::unordered_map<ConnectionId, Line> lines_;
  wire::RequestReader reader_;
  std::vector<std::pair<std::string, std::string>> pieces_;  // session and base64, of this turn
  std::vector<std::string> lost_;                            // to be told of
  std::vector<Peerings::node_type> retired_;  // their buffers may be in use until the turn ends
  bool paused_ = false;
  bool has_more_ = false;  // relayed frames that the last turn left
};

}  // namespace sockchat::client
