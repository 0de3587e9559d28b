// Between the connections and the core: cuts what arrives into frames, carries what the core says, and gives
// the core its time. What a connection may do before a frame is there is decided here: the first byte, TLS or
// clear text, the length, and how long a handshake and a started frame may take. Loop thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/options.h"
#include "sockchat/base/limits.h"
#include "sockchat/base/result.h"
#include "sockchat/net/connection_table.h"
#include "sockchat/net/reactor.h"
#include "sockchat/net/tls_context.h"
#include "sockchat/server_core/links.h"
#include "sockchat/server_core/server_core.h"

namespace sockchat::server {

class LinkAdapter final : public net::ConnectionObserver,
                          public server_core::Links,
                          public server_core::Clock,
                          private net::TurnParticipant {
 public:
  // `reactor` must outlive the adapter.
  LinkAdapter(net::Reactor& reactor, const Limits& limits, Plaintext plaintext,
              std::unique_ptr<net::TlsContext> tls);
  LinkAdapter(const LinkAdapter&) = delete;
  LinkAdapter& operator=(const LinkAdapter&) = delete;
  ~LinkAdapter() override;

  // Once, before anything else: table and core are made with this adapter, and die before it.
  void attach(net::ConnectionTable& table, server_core::ServerCore& core);

  // A new connection. Fails (busy) over `connections_max`, when it is told so and closed, and (system) when
  // it cannot be watched.
  Result<void> adopt(net::UniqueFd fd, const net::SocketAddress& peer);

  // For those who begin TLS from now on.
  void use(std::unique_ptr<net::TlsContext> tls) { tls_ = std::move(tls); }
  [[nodiscard]] const net::TlsContext& tls() const { return *tls_; }

  // Links
  void send(ConnectionId id, std::string_view frames) override;
  void multicast(std::span<const ConnectionId> ids, std::string_view frames) override;
  void release(ConnectionId id) override;
  void close(ConnectionId id, CloseReason reason) override;

  // Clock
  [[nodiscard]] Moment now() const override { return reactor_.now(); }

  // ConnectionObserver
  std::size_t on_input(ConnectionId id, std::span<char> input) override;
  void on_secured(ConnectionId id, std::string_view peer_pin) override;
  void on_eof(ConnectionId id) override;
  void on_written(ConnectionId id, std::uint64_t written_total) override;
  void on_close(ConnectionId id, CloseReason reason) override;

 private:
  struct Link {
    TimePoint opened{};
    TimePoint started{};  // of the partial frame
    net::TimerId handshake_timer;
    bool plaintext_allowed = false;
    bool is_fresh = true;  // no byte has been seen
    bool is_deaf = false;  // what arrives is dropped: it is closing
    bool has_partial = false;
    bool is_listed = false;  // in partials_
  };
  void refuse(ConnectionId id);
  [[nodiscard]] bool admit(ConnectionId id, Link& link, char first_byte);
  [[nodiscard]] std::size_t begin_tls(ConnectionId id, Link& link);
  void begin_partial(ConnectionId id, Link& link);
  void sweep_partials();
  void schedule_sweep(TimePoint when);

  // TurnParticipant: the core's deadline is compared once a turn, when everything has happened.
  void revisit() override {}
  void flush() override {}
  void settle() override;
  [[nodiscard]] bool has_revisits() const override { return false; }

  net::Reactor& reactor_;
  net::ConnectionTable* table_ = nullptr;
  server_core::ServerCore* core_ = nullptr;
  const std::size_t connections_max_;
  const std::size_t turn_frames_;
  const std::size_t send_queue_soft_;
  const Duration frame_time_;
  const Duration handshake_time_;
  const Plaintext plaintext_;
  std::unique_ptr<net::TlsContext> tls_;
  std::unordered_map<ConnectionId, Link> links_;
  // Whoever has had a partial frame since the last sweep: one timer for all, none for each frame.
  std::vector<ConnectionId> partials_;
  net::TimerId sweep_timer_;
  net::TimerId tick_timer_;
  TimePoint tick_at_ = kNever;
};

}  // namespace sockchat::server
