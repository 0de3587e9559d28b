// A core that serves real sockets through the adapter, with a store in memory and a hasher that costs
// nothing.
#pragma once

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/link_adapter.h"
#include "server/token_source.h"
#include "sockchat/base/byte_buffer.h"
#include "sockchat/domain/user_name.h"
#include "sockchat/net/connection_table.h"
#include "sockchat/net/reactor.h"
#include "sockchat/net/tls_identity.h"
#include "sockchat/server_core/server_core.h"
#include "sockchat/storage/memory_store.h"
#include "sockchat/wire/frame.h"
#include "sockchat/wire/request.h"
#include "sockchat/wire/server_frame.h"

namespace sockchat::server {

inline std::string request_frame(std::string_view command, std::vector<std::string_view> data = {}) {
  std::string frame;
  wire::append_request(frame, command, data);
  return frame;
}

// A frame's length prefix alone.
inline std::string frame_header(std::size_t size) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(size >> shift & 0xff);
  return bytes;
}

// A ping whose JSON text has exactly `size` bytes.
inline std::string ping_of(std::size_t size) {
  std::string text = R"({"command":"ping"})";
  text.insert(1, size - text.size(), ' ');
  return frame_header(size) + text;
}

// A password is its own hash.
class PlainHasher final : public domain::PasswordHasher {
 public:
  explicit PlainHasher(Executor& executor) : executor_(executor) {}
  bool verify(std::string stored_hash, Secret password, Completion<domain::PasswordVerdict> done) override {
    const bool correct = !stored_hash.empty() && stored_hash == password.reveal();
    executor_.post(
        [correct, done = std::move(done)]() mutable { done({.correct = correct, .replacement_hash = {}}); });
    return true;
  }
  bool hash(Secret password, Completion<Result<std::string>> done) override {
    executor_.post(
        [hash = std::string(password.reveal()), done = std::move(done)]() mutable { done(std::move(hash)); });
    return true;
  }
  [[nodiscard]] domain::NameDigest digest(std::string_view name) const override {
    domain::NameDigest digest{};
    for (std::size_t at = 0; at < name.size(); ++at)
      digest[at % digest.size()] ^= static_cast<std::byte>(name[at]);
    return digest;
  }

 private:
  Executor& executor_;
};

// The other end of a connection.
class Peer final {
 public:
  Peer(net::UniqueFd fd, ConnectionId its_id) : id(its_id), fd_(std::move(fd)) {}

  void send(std::string_view bytes) {
    // The server may have closed: that is for the test to find out by reading.
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    REQUIRE((sent == static_cast<ssize_t>(bytes.size()) || errno == EPIPE));
  }
  void hang_up() { fd_.reset(); }
  // From now on it speaks TLS, and begins at once.
  void secure(std::unique_ptr<net::Transport> transport) {
    transport_ = std::move(transport);
    say("");
  }
  [[nodiscard]] const net::Transport& transport() const { return *transport_; }
  // Through the transport.
  void say(std::string_view plaintext) {
    ByteBuffer wire;
    REQUIRE(transport_->emit(plaintext, wire));
    send(wire.view());
  }

  // Takes what has arrived. False at the end of the stream.
  bool receive() {
    for (;;) {
      char bytes[4096];
      const ssize_t got = ::recv(fd_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
      if (got == 0 || (got < 0 && errno != EAGAIN)) return false;
      if (got < 0) return true;
      take({bytes, static_cast<std::size_t>(got)});
    }
  }
  // The next frame as "command ok", "command code" or "command" of an event.
  std::optional<std::string> next() {
    const wire::FrameCut cut = wire::next_frame(received_.bytes(), wire::kServerFrameMax);
    if (cut.state != wire::FrameState::complete) return std::nullopt;
    const auto frame = reader_->read(cut.payload);
    REQUIRE(frame);
    std::string shown(frame->command);
    if (frame->kind == wire::ServerFrameKind::ok) shown += " ok";
    if (frame->kind == wire::ServerFrameKind::error) shown.append(" ").append(frame->code);
    received_.consume(cut.consumed);
    return shown;
  }
  std::vector<std::string> read_all() {
    receive();
    std::vector<std::string> frames;
    while (auto frame = next()) frames.push_back(*std::move(frame));
    return frames;
  }

  ConnectionId id;

 private:
  void take(std::string_view bytes) {
    if (!transport_) return received_.append(bytes);
    REQUIRE(transport_->ingest({bytes.data(), bytes.size()}, {}, received_));
    say("");
  }

  net::UniqueFd fd_;
  std::unique_ptr<net::Transport> transport_;
  ByteBuffer received_;
  std::unique_ptr<wire::ServerFrameReader> reader_ = std::make_unique<wire::ServerFrameReader>();
};

// Remembers what became of each connection, and which one was the last to be opened.
class ReasonJournal final : public server_core::Journal {
 public:
  void note(const server_core::JournalEntry& entry) override {
    if (entry.notice == server_core::Notice::connected) newest = entry.connection;
    if (entry.notice == server_core::Notice::disconnected) reasons.emplace(entry.connection, entry.reason);
  }
  ConnectionId newest;
  std::map<ConnectionId, CloseReason> reasons;
};

inline std::unique_ptr<net::TlsContext> fresh_tls() {
  const auto identity = net::make_tls_identity();
  REQUIRE(identity);
  auto context = net::TlsContext::for_server(identity->reveal(), *identity);
  REQUIRE(context);
  return *std::move(context);
}

struct ServedWorld {
  std::unique_ptr<net::Reactor> reactor = *net::Reactor::create();
  storage::MemoryStore store{*reactor, {}};
  PlainHasher hasher{*reactor};
  TokenSource token_source;
  ReasonJournal journal;
  LinkAdapter links;
  net::ConnectionTable connections;
  server_core::ServerCore core;
  Result<void> adopted;  // by the last connect()

  // One account: hans, with the password falcon.
  explicit ServedWorld(const Limits& limits = Limits(), Plaintext plaintext = Plaintext::loopback)
      : links(*reactor, limits, plaintext, fresh_tls()),
        connections(*reactor, links,
                    {.turn_bytes = limits.turn_bytes,
                     .send_queue_soft = limits.send_queue_soft,
                     .send_queue_hard = limits.send_queue_hard,
                     .send_stall = limits.send_stall_seconds,
                     .linger = std::chrono::milliseconds(50),
                     .send_memory_max = limits.send_memory_max}),
        core({.limits = limits,
              .block_duration = std::chrono::seconds(60),
              .idle_timeout = std::chrono::seconds(600)},
             {.store = store,
              .hasher = hasher,
              .token_source = token_source,
              .clock = links,
              .links = links,
              .journal = journal}) {
    links.attach(connections, core);
    bool ready = false;
    core.start([&ready](const Result<void>& loaded) { ready = loaded.has_value(); });
    turn_until([&] { return ready; });
    const auto name = *domain::UserName::parse("hans", 32);
    core.announce_imports(std::span(&name, 1));
    bool stored = false;
    core.import_account(name, "falcon",
                        [&stored](const Result<void>& outcome) { stored = outcome.has_value(); });
    turn_until([&] { return stored; });
    core.end_imports();
  }

  Peer connect(std::string_view address = "127.0.0.1") {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
    net::UniqueFd theirs(ends[1]);
    adopted = links.adopt(net::UniqueFd(ends[0]), *net::SocketAddress::parse(address, 1));
    return {std::move(theirs), journal.newest};
  }

  void turn() { reactor->run_once(); }
  void turn_for(Duration length) {
    const TimePoint end = reactor->now().mono + length;
    while (reactor->now().mono < end) reactor->run_once(end);
  }
  template <class Condition>
  void turn_until(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      reactor->run_once(reactor->now().mono + std::chrono::milliseconds(5));
    }
  }

  std::vector<std::string> read(Peer& peer, std::size_t count) {
    std::vector<std::string> frames;
    turn_until([&] {
      peer.receive();
      while (auto frame = peer.next()) frames.push_back(*std::move(frame));
      return frames.size() >= count;
    });
    return frames;
  }
  std::vector<std::string> read_to_end(Peer& peer) {
    turn_until([&] { return !peer.receive(); });
    return peer.read_all();
  }
  [[nodiscard]] bool is_open(const Peer& peer) const { return !journal.reasons.contains(peer.id); }
  CloseReason await_close(const Peer& peer) {
    turn_until([&] { return !is_open(peer); });
    return journal.reasons.at(peer.id);
  }
};

}  // namespace sockchat::server
