// Who is at the other end, and what he says.
#include <algorithm>

#include "client/peer_hub.h"
#include "client/peer_proof.h"
#include "sockchat/base/limits.h"
#include "sockchat/wire/frame.h"

namespace sockchat::client {
namespace {

constexpr int kFramesPerTurn = 64;

}  // namespace

// --- straight

void PeerHub::on_secured(ConnectionId id, std::string_view peer_pin) {
  const auto line = lines_.find(id);
  if (line == lines_.end()) return;
  const std::string& session = line->second.session;
  if (session.empty()) {
    const bool is_expected = std::ranges::any_of(peerings_, [&](const auto& entry) {
      return entry.second.is_admitted && entry.second.who.key.text() == peer_pin;
    });
    if (!is_expected) drop_line(id);
    return;
  }
  Peering& peering = peerings_.find(session)->second;
  const net::Transport* const transport = table_->transport_of(id);
  // Somebody else lives there; what goes through the server finds whoever has the key.
  if (transport == nullptr || peering.who.key.text() != peer_pin) return go_through_server(peering);
  if (!prove(peering, *transport)) go_through_server(peering);
}

std::size_t PeerHub::on_input(ConnectionId id, std::span<char> input) {
  const auto line = lines_.find(id);
  if (line == lines_.end()) return input.size();
  if (line->second.session.empty()) return take_caller(id, input);
  const std::string session = line->second.session;
  Peering& peering = peerings_.find(session)->second;
  std::size_t consumed = 0;
  if (!peering.is_open) {
    const wire::FrameCut cut = wire::next_frame(input, kProofFrameMax);
    if (cut.state == wire::FrameState::incomplete) return 0;
    const net::Transport* const transport = table_->transport_of(id);
    const bool is_frame = cut.state == wire::FrameState::complete && transport != nullptr;
    if (!is_frame || !is_proof(peering, *transport, cut.payload)) {
      go_through_server(peering);
      return input.size();
    }
    open_chat(peering);
    consumed = cut.consumed;
  }
  consumed += take_frames(session, input.subspan(consumed));
  if (has_more_) table_->revisit(id);
  return consumed;
}

// Nobody who cannot prove himself gets an answer.
std::size_t PeerHub::take_caller(ConnectionId id, std::span<char> input) {
  const wire::FrameCut cut = wire::next_frame(input, kProofFrameMax);
  if (cut.state == wire::FrameState::incomplete) return 0;
  Line& line = lines_.find(id)->second;
  const net::Transport* const transport = table_->transport_of(id);
  Peering* const peering = cut.state == wire::FrameState::complete && transport != nullptr
                               ? find_proven(*transport, cut.payload, line.host)
                               : nullptr;
  if (peering == nullptr) {
    drop_line(id);
    return input.size();
  }
  reactor_.cancel(line.deadline);
  line.session = peering->who.session;
  peering->connection = id;
  const std::string session = line.session;
  if (!prove(*peering, *transport)) {
    lose(session);
    return input.size();
  }
  open_chat(*peering);
  const std::size_t consumed = cut.consumed + take_frames(session, input.subspan(cut.consumed));
  if (has_more_) table_->revisit(id);
  return consumed;
}

void PeerHub::on_eof(ConnectionId id) {
  table_->close(id, CloseReason::peer_closed);
  on_close(id, CloseReason::peer_closed);
}

void PeerHub::on_close(ConnectionId id, CloseReason /*reason*/) {
  const auto line = lines_.find(id);
  if (line == lines_.end()) return;
  const std::string session = line->second.session;
  reactor_.cancel(line->second.deadline);
  lines_.erase(line);
  if (session.empty()) return;
  Peering& peering = peerings_.find(session)->second;
  if (!peering.is_open) return dial_again(peering);
  peering.connection = {};
  lose(session);
}

// --- through the server

void PeerHub::read_stream(const std::string& session) {
  const auto found = peerings_.find(session);
  if (found == peerings_.end()) return;
  Peering& peering = found->second;
  RelayedStream& stream = *peering.stream;
  const net::Transport& transport = stream.transport();
  if (!peering.is_open && transport.is_ready()) {
    if (transport.peer_pin() != peering.who.key.text()) return lose(session);
    if (peering.who.dials && !peering.has_proved && !prove(peering, transport)) return lose(session);
    const wire::FrameCut cut = wire::next_frame(stream.said().bytes(), kProofFrameMax);
    if (cut.state == wire::FrameState::bad) return lose(session);
    if (cut.state == wire::FrameState::complete) {
      if (!is_proof(peering, transport, cut.payload)) return lose(session);
      stream.said().consume(cut.consumed);
      if (!peering.who.dials && !prove(peering, transport)) return lose(session);
      open_chat(peering);
    }
  }
  if (peering.is_open) stream.said().consume(take_frames(session, stream.said().bytes()));
  // It may be closed by what it said; its buffer lives until the turn ends.
  if (transport.has_ended() && (stream.said().empty() || !paused_)) lose(session);
}

// --- both

std::size_t PeerHub::take_frames(const std::string& session, std::span<char> input) {
  std::size_t consumed = 0;
  for (int frames = 0; !paused_ && peerings_.contains(session); ++frames) {
    const wire::FrameCut cut = wire::next_frame(input.subspan(consumed), Limits().frame_max);
    if (cut.state == wire::FrameState::incomplete) break;
    if (cut.state == wire::FrameState::bad) {
      lose(session);
      break;
    }
    if (frames == kFramesPerTurn) {
      has_more_ = true;
      break;
    }
    consumed += cut.consumed;
    events_->on_peer_frame(session, cut.payload);
  }
  return consumed;
}

PeerHub::Peering* PeerHub::find_proven(const net::Transport& transport, std::span<char> json,
                                       std::string_view host) {
  const auto [frame, error] = reader_.read(json);
  if (error || frame.data.size() != 2) return nullptr;
  const auto found = peerings_.find(frame.data[0]);
  if (found == peerings_.end()) return nullptr;
  Peering& peering = found->second;
  const auto address = net::SocketAddress::parse(peering.who.address, peering.who.port);
  const bool is_expected = peering.is_admitted && address && host_of(*address) == host &&
                           transport.peer_pin() == peering.who.key.text();
  return is_expected && is_proof(peering, transport, frame) ? &peering : nullptr;
}

bool PeerHub::is_proof(const Peering& peering, const net::Transport& transport, std::span<char> json) {
  const auto [frame, error] = reader_.read(json);
  return !error && is_proof(peering, transport, frame);
}

bool PeerHub::is_proof(const Peering& peering, const net::Transport& transport,
                       const wire::Request& frame) const {
  const client_core::Introduction& who = peering.who;
  return frame.command == kProofCommand && frame.data.size() == 2 && frame.data[0] == who.session &&
         is_proven(transport,
                   {.session = who.session,
                    .signer = who.peer,
                    .signer_key = who.key.text(),
                    .other = who.own_name,
                    .other_key = pin_.text()},
                   frame.data[1]);
}

Result<void> PeerHub::prove(Peering& peering, const net::Transport& transport) {
  const client_core::Introduction& who = peering.who;
  const auto frame = make_proof_frame(config_.identity, transport,
                                      {.session = who.session,
                                       .signer = who.own_name,
                                       .signer_key = pin_.text(),
                                       .other = who.peer,
                                       .other_key = who.key.text()});
  if (!frame) return tl::unexpected(frame.error());
  peering.has_proved = true;
  return send_on(peering, *frame);
}

Result<void> PeerHub::send_on(Peering& peering, std::string_view frames) {
  if (peering.stream) return peering.stream->send(frames);
  table_->send(peering.connection, frames);
  return {};
}

void PeerHub::open_chat(Peering& peering) {
  leave_door(peering);
  reactor_.cancel(peering.deadline);
  peering.is_open = true;
  if (paused_ && peering.connection) table_->pause(peering.connection);
  events_->on_peer_open(peering.who.session, !peering.stream);
}

}  // namespace sockchat::client
