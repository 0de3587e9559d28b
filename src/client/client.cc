#include "client/client.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <utility>

#include "client/connection_limits.h"
#include "sockchat/base/check.h"
#include "sockchat/base/limits.h"
#include "sockchat/wire/frame.h"

namespace sockchat::client {
namespace {

using client_core::ExitCode;

using client_core::Asking;

constexpr int kFramesPerTurn = 64;
constexpr int kLinesPerTurn = 64;

}  // namespace

Client::Client(net::Reactor& reactor, Console& console, client_core::ClientConfig config,
               std::vector<net::SocketAddress> addresses, std::optional<Encryption> encryption,
               client_core::ClientMemory* memory, PeerHub* peers, PasswordSource password)
    : reactor_(reactor),
      console_(console),
      server_(config.server),
      addresses_(std::move(addresses)),
      encryption_(std::move(encryption)),
      password_(std::move(password)),
      peers_(peers),
      voice_(config, *this),
      core_(std::move(config), *this, memory, peers) {
  if (peers_ != nullptr) peers_->attach(*this);
  // Before the table: what flush() below confirms to the server leaves in the same turn.
  reactor_.join_turn(*this);
  net::ConnectionObserver& observer = *this;  // make_unique does not see private bases
  table_ = std::make_unique<net::ConnectionTable>(reactor_, observer, connection_limits());
  connect();
}

Client::~Client() {
  reactor_.cancel(timer_);
  reactor_.cancel(handshake_timer_);
  reactor_.leave_turn(*this);
}

// --- from a socket to a server that is trusted

void Client::on_connect(Result<net::UniqueFd> socket, const net::SocketAddress& address) {
  is_loopback_ = address.is_loopback();
  connector_.reset();
  const auto adopted = socket ? adopt(*std::move(socket)) : tl::unexpected(socket.error());
  if (!adopted) return on_no_connection(adopted.error().text);
  connection_ = *adopted;
  paused_ = false;
  if (!encryption_) return hand_over();
  handshake_timer_ = reactor_.schedule(now() + kHandshakePatience, [this] {
    on_no_connection(
        fmt::format("no TLS handshake within {} s", kHandshakePatience / std::chrono::seconds(1)));
  });
}

Result<ConnectionId> Client::adopt(net::UniqueFd socket) {
  if (!encryption_) return table_->adopt(std::move(socket));
  auto transport = encryption_->tls->connect_transport();
  if (!transport) return tl::unexpected(transport.error());
  return table_->adopt(std::move(socket), *std::move(transport));
}

void Client::on_secured(ConnectionId id, std::string_view peer_pin) {
  if (id != connection_) return;
  reactor_.cancel(handshake_timer_);
  const auto key = client_core::KeyPin::parse(peer_pin);
  SOCKCHAT_CHECK(key);
  pass(encryption_->gate.examine(*key, is_loopback_));
}

void Client::pass(const Passage& passage) {
  const bool was_asking = std::exchange(asking_trust_, passage.kind == Passage::Kind::asking);
  for (const std::string& line : passage.lines) asking_trust_ ? voice_.show(line) : voice_.note(line);
  switch (passage.kind) {
    case Passage::Kind::open:
      if (!was_asking) return hand_over();
      ask(Asking::nothing);
      return connect();
    case Passage::Kind::asking:
      // The server would not wait for as long as it takes to compare 64 digits.
      disconnect();
      return ask(Asking::trust);
    case Passage::Kind::shut:
      return core_.on_distrusted(now());
  }
}

void Client::hand_over() {
  is_handed_over_ = true;
  was_connected_ = true;
  core_.on_connected(now());
}

void Client::on_no_connection(std::string_view why) {
  disconnect();
  if (was_connected_) return core_.on_unreachable(now());
  complain(fmt::format("Error. Cannot connect to {}: {}", server_, why));
  finish(ExitCode::unreachable);
}

void Client::interrupt() {
  if (std::exchange(interrupted_, true) || finished_) return end(finished_.value_or(ExitCode::done));
  core_.on_interrupt(now());
}

// --- what the core wants

void Client::connect() {
  disconnect();
  connector_ = std::make_unique<net::Connector>(
      reactor_, addresses_, kConnectPatience,
      [this](Result<net::UniqueFd> socket, const net::SocketAddress& address) {
        on_connect(std::move(socket), address);
      });
}

// What the table still says about that connection is about nobody.
void Client::disconnect() {
  connector_.reset();
  reactor_.cancel(handshake_timer_);
  is_handed_over_ = false;
  table_->close(std::exchange(connection_, {}), CloseReason::user_quit);
}

void Client::send(std::string_view frames) { table_->send(connection_, frames); }

void Client::print(std::string_view line) {
  unflushed_ = true;
  console_.print(line);
}

void Client::complain(std::string_view line) {
  unflushed_ = true;
  console_.complain(line);
}

void Client::ask(Asking asking) {
  unflushed_ = true;
  console_.ask(asking);
}

std::string Client::fresh_cid() { return fmt::format("{:016x}{:016x}", random(), random()); }

std::uint64_t Client::random() {
  std::uint64_t number = 0;
  // So few bytes are given whole or, before the kernel is seeded, waited for.
  SOCKCHAT_CHECK(::getrandom(&number, sizeof(number), 0) == static_cast<ssize_t>(sizeof(number)));
  return number;
}

std::optional<Secret> Client::read_password() { return password_ ? password_() : std::nullopt; }

void Client::finish(ExitCode code) {
  unflushed_ = true;
  finished_ = code;
  disconnect();
}

void Client::end(ExitCode code) {
  exit_code_ = code;
  reactor_.stop();
}

// --- what the server sends

std::size_t Client::on_input(ConnectionId id, std::span<char> input) {
  std::size_t consumed = 0;
  for (int frames = 0; !finished_ && !paused_ && id == connection_; ++frames) {
    if (frames == kFramesPerTurn) {
      table_->revisit(id);
      break;
    }
    const wire::FrameCut cut = wire::next_frame(input.subspan(consumed), wire::kServerFrameMax);
    if (cut.state == wire::FrameState::bad) core_.on_bad_frame(now());
    if (cut.state != wire::FrameState::complete) break;
    core_.on_frame(cut.payload, now());
    consumed += cut.consumed;
    regulate();
  }
  return consumed;
}

void Client::on_eof(ConnectionId id) {
  if (id == connection_) on_ended("closed during the TLS handshake");
}

void Client::on_close(ConnectionId id, CloseReason reason) {
  if (id != connection_) return;
  const bool is_no_tls = reason == CloseReason::tls_failed;
  on_ended(is_no_tls ? "it does not speak TLS 1.3" : "closed during the TLS handshake");
}

void Client::on_ended(std::string_view before_key) {
  if (is_handed_over_) return core_.on_lost(now());
  on_no_connection(before_key);
}

// A reader that is slower than the server, or a peer, slows them down, and not only fills our memory.
void Client::regulate() {
  const bool full = paused_ ? console_.queued() > 0 : console_.queued() > kUnreadMax;
  if (peers_ != nullptr) peers_->pause(full);
  if (full == paused_) return;
  paused_ = full;
  core_.on_reading(!paused_, now());
  if (paused_) {
    table_->pause(connection_);
  } else {
    table_->resume(connection_);
  }
}

// --- what peers of private chats send

void Client::on_peer_open(std::string_view session, bool direct) {
  core_.on_peer_open(session, direct, now());
}

void Client::on_peer_frame(std::string_view session, std::span<char> json) {
  core_.on_peer_frame(session, json, now());
  regulate();
}

void Client::on_peer_lost(std::string_view session) { core_.on_peer_lost(session, now()); }

void Client::relay(std::string_view session, std::string_view base64) { core_.relay(session, base64); }

// --- the turn

bool Client::may_type() const {
  return !finished_ && (asking_trust_ || core_.wants_line()) &&
         table_->queued_bytes(connection_) < Limits().send_queue_soft;
}

void Client::revisit() {
  console_.read(may_type());
  for (int lines = 0; lines < kLinesPerTurn; ++lines) {
    const std::optional<Typed> typed = console_.take(may_type());
    if (!typed) return;
    take(*typed);
  }
}

void Client::take(const Typed& typed) {
  switch (typed.kind) {
    case Typed::Kind::line:
      if (asking_trust_) return pass(encryption_->gate.answer(typed.line.reveal()));
      return core_.on_line(typed.line.reveal(), now());
    case Typed::Kind::end:
      if (asking_trust_) return core_.on_distrusted(now());
      return core_.on_end_of_input(now());
    case Typed::Kind::interrupt:
      return interrupt();
  }
}

bool Client::has_revisits() const { return unflushed_ || console_.has_input(may_type()); }

void Client::flush() {
  unflushed_ = false;
  console_.flush();
  // Nobody is left to talk to; the server takes the lost connection for a logout.
  if (console_.broken()) return end(ExitCode::done);
  if (console_.queued() == 0) core_.on_flushed();
  regulate();
  if (finished_ && (console_.queued() == 0 || interrupted_)) return end(*finished_);
  arm_timer();
}

void Client::arm_timer() {
  const TimePoint deadline = core_.next_deadline();
  if (deadline == timer_at_) return;
  reactor_.cancel(timer_);
  timer_at_ = deadline;
  if (deadline == kNever) return;
  timer_ = reactor_.schedule(deadline, [this] {
    timer_at_ = kNever;
    core_.tick(now());
  });
}

}  // namespace sockchat::client
