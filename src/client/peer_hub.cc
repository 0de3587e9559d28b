// The ways to the peers. What is said on them: peer_hub_frames.cc.
#include "client/peer_hub.h"

#include <algorithm>

#include "client/connection_limits.h"
#include "sockchat/crypto/safety_number.h"

namespace sockchat::client {
namespace {

using client_core::Introduction;
using client_core::KeyPin;

}  // namespace

Result<std::unique_ptr<PeerHub>> PeerHub::create(net::Reactor& reactor, PeerConfig config) {
  auto tls = net::TlsContext::for_peer(config.identity);
  if (!tls) return tl::unexpected(tls.error());
  auto pin = KeyPin::parse((*tls)->pin());
  if (!pin) return fail(Errc::bad_argument, "the identity has no key");
  const std::uint16_t port = config.port;
  const bool relay_only = config.relay_only;
  std::unique_ptr<PeerHub> hub(new PeerHub(reactor, std::move(config), *std::move(tls), *std::move(pin)));
  if (relay_only) return hub;
  auto door = PeerDoor::create(reactor, port,
                               [hub = hub.get()](net::UniqueFd socket, const net::SocketAddress& address) {
                                 hub->on_caller(std::move(socket), address);
                               });
  if (!door) return tl::unexpected(door.error());
  hub->door_ = *std::move(door);
  return hub;
}

PeerHub::PeerHub(net::Reactor& reactor, PeerConfig config, std::unique_ptr<net::TlsContext> tls, KeyPin pin)
    : reactor_(reactor), config_(std::move(config)), tls_(std::move(tls)), pin_(std::move(pin)) {
  reactor_.join_turn(*this);
  net::ConnectionObserver& observer = *this;  // make_unique does not see private bases
  table_ = std::make_unique<net::ConnectionTable>(reactor_, observer, connection_limits());
}

PeerHub::~PeerHub() {
  for (auto& [session, peering] : peerings_) {
    reactor_.cancel(peering.deadline);
    reactor_.cancel(peering.again);
  }
  for (auto& [id, line] : lines_) reactor_.cancel(line.deadline);
  reactor_.leave_turn(*this);
}

// --- PeerLinks

std::optional<PeerHub::Listening> PeerHub::listening() {
  return Listening{door_ ? door_->port() : std::uint16_t{0}, pin_};
}

void PeerHub::expect(bool somebody) {
  if (door_) door_->expect(somebody);
}

void PeerHub::open(const Introduction& introduction) {
  const auto [place, is_new] = peerings_.try_emplace(introduction.session, Peering{.who = introduction});
  if (!is_new) return;
  Peering& peering = place->second;
  // Who does not want to be seen does not show himself to an address either, whoever names it.
  if (!door_ || introduction.address.empty() || introduction.port == 0) return go_through_server(peering);
  const auto address = net::SocketAddress::parse(introduction.address, introduction.port);
  if (!address) return go_through_server(peering);
  peering.deadline = reactor_.schedule(now() + config_.patience.direct,
                                       [this, session = introduction.session] { on_direct_late(session); });
  if (introduction.dials) return dial(introduction.session);
  peering.is_admitted = true;
  door_->admit(host_of(*address));
}

void PeerHub::send(std::string_view session, std::string_view frames) {
  const auto peering = peerings_.find(session);
  if (peering == peerings_.end() || !peering->second.is_open) return;
  if (!send_on(peering->second, frames)) lost_.emplace_back(session);
}

std::size_t PeerHub::queued(std::string_view session) {
  const auto peering = peerings_.find(session);
  return peering == peerings_.end() ? 0 : table_->queued_bytes(peering->second.connection);
}

// Taken in revisit(): what the peer says must not be told inside this call.
void PeerHub::on_relayed(std::string_view session, std::string_view base64) {
  if (peerings_.contains(session)) pieces_.emplace_back(session, base64);
}

void PeerHub::close(std::string_view session) {
  const auto peering = peerings_.find(session);
  if (peering == peerings_.end()) return;
  Peering& ended = peering->second;
  if (ended.stream && ended.is_open) ended.stream->finish();
  if (ended.connection) {
    table_->close_after_flush(ended.connection, CloseReason::user_quit);
    lines_.erase(ended.connection);
  }
  retired_.push_back(take_out(peering));
}

PeerHub::Number PeerHub::safety_number(std::string_view own_name, std::string_view peer,
                                       const KeyPin& peer_key) {
  auto [digits, words] = crypto::safety_number(own_name, pin_.text(), peer, peer_key.text());
  return {std::move(digits), std::move(words)};
}

// --- straight

void PeerHub::dial(const std::string& session) {
  Peering& peering = peerings_.find(session)->second;
  const auto address = net::SocketAddress::parse(peering.who.address, peering.who.port);
  peering.connector = std::make_unique<net::Connector>(
      reactor_, std::vector{*address}, config_.patience.direct,
      [this, session](Result<net::UniqueFd> socket, const net::SocketAddress& reached) {
        on_dialed(session, std::move(socket), reached);
      });
}

// The other may not have heard of us yet, or not opened his door.
void PeerHub::dial_again(Peering& peering) {
  peering.connection = {};
  peering.has_proved = false;
  peering.again = reactor_.schedule(now() + config_.patience.dial_again,
                                    [this, session = peering.who.session] { dial(session); });
}

void PeerHub::on_dialed(std::string session, Result<net::UniqueFd> socket,
                        const net::SocketAddress& address) {
  Peering& peering = peerings_.find(session)->second;
  peering.connector.reset();
  if (!socket) return dial_again(peering);
  net::keep_alive(socket->get());
  auto transport = tls_->connect_transport();
  const auto id = transport ? table_->adopt(*std::move(socket), *std::move(transport))
                            : Result<ConnectionId>(tl::unexpected(transport.error()));
  if (!id) return dial_again(peering);
  peering.connection = *id;
  lines_.emplace(*id, Line{.session = std::move(session), .host = host_of(address)});
}

void PeerHub::on_caller(net::UniqueFd socket, const net::SocketAddress& address) {
  const auto unproven =
      std::ranges::count_if(lines_, [](const auto& line) { return line.second.session.empty(); });
  if (static_cast<std::size_t>(unproven) >= kCallersMax) return;
  net::keep_alive(socket.get());
  auto transport = tls_->accept_transport();
  if (!transport) return;
  const auto id = table_->adopt(std::move(socket), *std::move(transport));
  if (!id) return;
  const net::TimerId deadline =
      reactor_.schedule(now() + config_.patience.direct, [this, id = *id] { drop_line(id); });
  lines_.emplace(*id, Line{.session = {}, .host = host_of(address), .deadline = deadline});
}

void PeerHub::on_direct_late(const std::string& session) {
  Peering& peering = peerings_.find(session)->second;
  // The other may have taken it for open already.
  if (peering.has_proved && !std::exchange(peering.has_more_time, true)) {
    peering.deadline =
        reactor_.schedule(now() + config_.patience.proof, [this, session] { on_direct_late(session); });
    return;
  }
  go_through_server(peering);
}

// --- through the server

void PeerHub::go_through_server(Peering& peering) {
  const std::string& session = peering.who.session;
  leave_door(peering);
  peering.connector.reset();
  reactor_.cancel(peering.again);
  reactor_.cancel(peering.deadline);
  if (peering.connection) drop_line(std::exchange(peering.connection, {}));
  peering.has_proved = false;
  peering.deadline = reactor_.schedule(now() + config_.patience.relayed, [this, session] { lose(session); });
  auto transport = peering.who.dials ? tls_->connect_transport() : tls_->accept_transport();
  if (!transport) return lost_.push_back(session);
  peering.stream = std::make_unique<RelayedStream>(
      *std::move(transport), [this, session](std::string_view base64) { events_->relay(session, base64); });
  if (peering.who.dials && !peering.stream->start()) lost_.push_back(session);
}

// --- ends

void PeerHub::leave_door(Peering& peering) {
  if (!std::exchange(peering.is_admitted, false)) return;
  // It was parsed when he was admitted.
  door_->dismiss(host_of(*net::SocketAddress::parse(peering.who.address, peering.who.port)));
}

void PeerHub::drop_line(ConnectionId id) {
  const auto line = lines_.find(id);
  if (line == lines_.end()) return;
  reactor_.cancel(line->second.deadline);
  lines_.erase(line);
  table_->close(id, CloseReason::handshake_timeout);
}

PeerHub::Peerings::node_type PeerHub::take_out(Peerings::iterator peering) {
  leave_door(peering->second);
  peering->second.connector.reset();
  reactor_.cancel(peering->second.deadline);
  reactor_.cancel(peering->second.again);
  return peerings_.extract(peering);
}

// Never inside a call of PeerLinks.
void PeerHub::lose(const std::string& session) {
  const auto peering = peerings_.find(session);
  if (peering == peerings_.end()) return;
  if (peering->second.connection) drop_line(peering->second.connection);
  retired_.push_back(take_out(peering));
  events_->on_peer_lost(retired_.back().key());
}

void PeerHub::pause(bool paused) {
  if (paused == paused_) return;
  paused_ = paused;
  for (const auto& [id, line] : lines_) paused ? table_->pause(id) : table_->resume(id);
  has_more_ = true;
}

// --- the turn

bool PeerHub::has_revisits() const { return !pieces_.empty() || !lost_.empty() || (has_more_ && !paused_); }

void PeerHub::revisit() {
  for (const auto& [session, base64] : std::exchange(pieces_, {})) {
    const auto found = peerings_.find(session);
    if (found == peerings_.end()) continue;
    Peering& peering = found->second;
    // The other has given up the straight way.
    if (!peering.stream && !peering.is_open && !peering.who.dials) go_through_server(peering);
    // Who is connected straight has nothing to say here.
    if (!peering.stream) continue;
    if (peering.stream->on_piece(base64, now())) {
      read_stream(session);
    } else {
      lose(session);
    }
  }
  if (!paused_ && std::exchange(has_more_, false)) {
    std::vector<std::string> sessions;
    for (const auto& [session, peering] : peerings_) {
      if (peering.stream) sessions.push_back(session);
    }
    for (const std::string& session : sessions) read_stream(session);
  }
  for (const std::string& session : std::exchange(lost_, {})) lose(session);
}

}  // namespace sockchat::client
