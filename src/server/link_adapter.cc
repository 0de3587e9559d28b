#include "server/link_adapter.h"

#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "sockchat/base/check.h"
#include "sockchat/crypto/password_hash.h"
#include "sockchat/wire/frame.h"
#include "sockchat/wire/frame_writer.h"

namespace sockchat::server {
namespace {

// Beyond connections_max so many are told why they may not stay; the next ones only see the end.
constexpr std::size_t kRefusedMax = 32;
// Those turned away at the door who are told why, a second: a flood only sees the end.
constexpr domain::RateLimit kTellings{.per_second = 32, .burst = 32};
// A partial frame is looked at so often within its time, hence closed at most this fraction late.
constexpr int kSweepsPerFrameTime = 16;
// The first byte of a TLS record that carries a handshake (RFC 8446, 5.1), and hence of a ClientHello.
constexpr char kTlsHandshake = 0x16;

// For whom the core never hears of.
std::string refusal_frame(Errc code, std::string_view text, Duration retry_after) {
  std::string frame;
  wire::FrameWriter writer(frame);
  const std::string_view sentence[] = {text};
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(retry_after).count();
  writer.text("status", "error").text("command", "").text("code", name_of(code));
  writer.list("data", sentence).number("retry_after", static_cast<std::uint64_t>(seconds)).finish();
  return frame;
}

tl::unexpected<Error> full() { return fail(Errc::busy, "there are connections_max already"); }

std::uint64_t chance() {
  std::uint64_t number = 0;
  crypto::random_bytes(std::as_writable_bytes(std::span(&number, 1)));
  return number;
}

}  // namespace

LinkAdapter::LinkAdapter(net::Reactor& reactor, const Limits& limits, Plaintext plaintext,
                         std::unique_ptr<net::TlsContext> tls)
    : reactor_(reactor),
      admission_(limits, chance),
      connections_max_(limits.connections_max),
      turn_accepts_(limits.turn_accepts),
      turn_frames_(limits.turn_frames),
      send_queue_soft_(limits.send_queue_soft),
      frame_time_(limits.frame_seconds),
      handshake_time_(limits.handshake_seconds),
      plaintext_(plaintext),
      tls_(std::move(tls)) {}

LinkAdapter::~LinkAdapter() {
  reactor_.cancel(sweep_timer_);
  reactor_.cancel(tick_timer_);
  reactor_.leave_turn(*this);
}

void LinkAdapter::attach(net::ConnectionTable& table, server_core::ServerCore& core) {
  SOCKCHAT_CHECK(table_ == nullptr);
  table_ = &table;
  core_ = &core;
  // Behind the table, whose close notices in step 8 move the core's deadline.
  reactor_.join_turn(*this);
}

Result<void> LinkAdapter::adopt(net::UniqueFd fd, const net::SocketAddress& peer) {
  count_accept();
  const std::string host = peer.host();
  const AddressGroup address = AddressGroup::of(host);
  const bool plaintext_allowed =
      plaintext_ == Plaintext::any || (plaintext_ == Plaintext::loopback && peer.is_loopback());
  if (const auto why = admission_.enter(address, core_->strangers(), now().mono)) {
    turn_away(fd, *why, host, plaintext_allowed);
    return {};
  }
  auto id = open(std::move(fd), host);
  if (!id) {
    admission_.leave(address, now().mono);
    return tl::unexpected(std::move(id.error()));
  }
  Link link;
  link.address = address;
  link.opened = now().mono;
  link.plaintext_allowed = plaintext_allowed;
  links_.emplace(*id, link);
  core_->on_open(*id, host);
  return {};
}

Result<ConnectionId> LinkAdapter::open(net::UniqueFd fd, std::string_view host) {
  const bool is_full = links_.size() >= connections_max_;
  if (is_full) core_->on_limit(&Limits::connections_max, {}, host);
  if (is_full && table_->size() >= connections_max_ + kRefusedMax) return full();
  auto id = table_->adopt(std::move(fd));
  if (!id || !is_full) return id;
  refuse(*id);
  return full();
}

// Closed by the caller. A word costs one more system call, and a flood does not get it, nor who may have come
// for TLS, where nothing can be said yet.
void LinkAdapter::turn_away(const net::UniqueFd& fd, const TurnedAway& why, std::string_view host,
                            bool may_be_told) {
  core_->on_limit(why.limit, {}, host);
  if (!may_be_told || tellings_.try_take(kTellings, now().mono) > Duration::zero()) return;
  const std::string frame = refusal_frame(
      Errc::rate_limited, "Too many connections for now. Please try again later", why.retry_after);
  // The buffer of a new connection has room; if it had not, the end says enough.
  static_cast<void>(::send(fd.get(), frame.data(), frame.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
}

void LinkAdapter::count_accept() {
  if (std::exchange(accept_turn_, now().mono) != now().mono) accepts_ = 0;
  if (++accepts_ == turn_accepts_) core_->counters().count(&Limits::turn_accepts);
}

// The core never hears of it.
void LinkAdapter::refuse(ConnectionId id) {
  table_->send(
      id, refusal_frame(Errc::busy, "The server is full. Please try again later", std::chrono::seconds(1)));
  table_->close_after_flush(id, CloseReason::server_full);
}

void LinkAdapter::send(ConnectionId id, std::string_view frames) { table_->send(id, frames); }

void LinkAdapter::multicast(std::span<const ConnectionId> ids, std::string_view frames) {
  table_->multicast(ids, frames);
}

void LinkAdapter::release(ConnectionId id) { table_->resume(id); }

void LinkAdapter::close(ConnectionId id, CloseReason reason) {
  if (const auto found = links_.find(id); found != links_.end()) found->second.is_deaf = true;
  table_->close_after_flush(id, reason);
}

std::size_t LinkAdapter::on_input(ConnectionId id, std::span<char> input) {
  const auto found = links_.find(id);
  if (found == links_.end() || found->second.is_deaf || input.empty()) return input.size();
  Link& link = found->second;  // stays: a link dies in on_close, which has a stack of its own
  if (link.is_fresh) {
    if (input.front() == kTlsHandshake) return begin_tls(id, link);
    if (!admit(id, link, input.front())) return input.size();
  }

  std::size_t consumed = 0;
  for (std::size_t frames = 0; consumed < input.size(); ++frames) {
    if (frames == turn_frames_) {
      core_->counters().count(&Limits::turn_frames);
      link.has_partial = false;  // whatever waits here waits for us
      table_->revisit(id);
      return consumed;
    }
    // Asked for each frame: the login in front of it may have raised the limit.
    const wire::FrameCut cut = wire::next_frame(input.subspan(consumed), core_->frame_max(id));
    if (cut.state == wire::FrameState::incomplete) {
      if (consumed > 0 || !link.has_partial) begin_partial(id, link);
      return consumed;
    }
    if (cut.state == wire::FrameState::bad) {
      link.is_deaf = true;
      core_->on_bad_frame(id);
      return input.size();
    }
    consumed += cut.consumed;
    const bool goes_on = core_->on_frame(id, cut.payload);
    if (link.is_deaf) return input.size();
    if (!goes_on) {
      link.has_partial = false;
      table_->pause(id);
      return consumed;
    }
  }
  link.has_partial = false;
  return consumed;
}

// What was offered goes through the transport next, unless that could not be had.
std::size_t LinkAdapter::begin_tls(ConnectionId id, Link& link) {
  link.is_fresh = false;
  auto transport = tls_->accept_transport();
  if (!transport) {
    link.is_deaf = true;
    table_->close(id, CloseReason::tls_failed);
    return 0;
  }
  table_->secure(id, *std::move(transport));
  link.handshake_timer = reactor_.schedule(link.opened + handshake_time_, [this, id] {
    if (const auto found = links_.find(id); found != links_.end()) found->second.is_deaf = true;
    table_->close(id, CloseReason::handshake_timeout);
  });
  return 0;
}

void LinkAdapter::on_secured(ConnectionId id, std::string_view) {
  if (const auto found = links_.find(id); found != links_.end())
    reactor_.cancel(std::exchange(found->second.handshake_timer, {}));
}

bool LinkAdapter::admit(ConnectionId id, Link& link, char first_byte) {
  link.is_fresh = false;
  if (first_byte != 0) {
    link.is_deaf = true;
    table_->close(id, CloseReason::bad_first_byte);
    return false;
  }
  if (!link.plaintext_allowed) {
    link.is_deaf = true;
    core_->on_plaintext_refused(id);
    return false;
  }
  return true;
}

void LinkAdapter::begin_partial(ConnectionId id, Link& link) {
  link.has_partial = true;
  link.started = now().mono;
  if (link.is_listed) return;
  link.is_listed = true;
  partials_.push_back(id);
  if (partials_.size() == 1) schedule_sweep(link.started + frame_time_);
}

void LinkAdapter::schedule_sweep(TimePoint when) {
  sweep_timer_ = reactor_.schedule(when, [this] { sweep_partials(); });
}

void LinkAdapter::sweep_partials() {
  TimePoint oldest = kNever;
  std::erase_if(partials_, [&](ConnectionId id) {
    const auto found = links_.find(id);
    if (found == links_.end()) return true;
    Link& link = found->second;
    if (link.has_partial && table_->queued_bytes(id) > send_queue_soft_) {
      link.started = now().mono;  // it is we who do not read, until our output is taken
    }
    if (link.has_partial && !link.is_deaf && now().mono >= link.started + frame_time_) {
      link.is_deaf = true;
      core_->on_limit(&Limits::frame_seconds, id, {});
      table_->close(id, CloseReason::frame_timeout);
    }
    link.is_listed = link.has_partial && !link.is_deaf;
    if (link.is_listed) oldest = std::min(oldest, link.started);
    return !link.is_listed;
  });
  if (partials_.empty()) return;
  schedule_sweep(std::max(oldest + frame_time_, now().mono + frame_time_ / kSweepsPerFrameTime));
}

void LinkAdapter::on_eof(ConnectionId id) {
  if (links_.contains(id)) core_->on_eof(id);
}

void LinkAdapter::on_written(ConnectionId id, std::uint64_t written_total) {
  core_->on_written(id, written_total);
}

void LinkAdapter::on_close(ConnectionId id, CloseReason reason) {
  const auto found = links_.find(id);
  if (found == links_.end()) return;
  reactor_.cancel(found->second.handshake_timer);
  admission_.leave(found->second.address, now().mono);
  links_.erase(found);
  if (reason == CloseReason::send_stalled) core_->on_limit(&Limits::send_stall_seconds, id, {});
  if (reason == CloseReason::handshake_timeout) core_->on_limit(&Limits::handshake_seconds, id, {});
  core_->on_closed(id, reason);
}

// The table counts for itself, and knows no core.
void LinkAdapter::count_hits() {
  const net::ConnectionHits& hits = table_->hits();
  Counters& counters = core_->counters();
  counters.count(&Limits::turn_bytes, hits.turn_bytes - hits_seen_.turn_bytes);
  counters.count(&Limits::send_queue_soft, hits.send_queue_soft - hits_seen_.send_queue_soft);
  counters.count(&Limits::send_queue_hard, hits.send_queue_hard - hits_seen_.send_queue_hard);
  counters.count(&Limits::send_memory_max, hits.send_memory_max - hits_seen_.send_memory_max);
  hits_seen_ = hits;
}

void LinkAdapter::settle() {
  count_hits();
  // A deadline that moved away is not followed: the tick comes early, finds nothing due, and is armed again.
  const TimePoint deadline = core_->next_deadline();
  if (deadline >= tick_at_) return;
  reactor_.cancel(tick_timer_);
  tick_at_ = deadline;
  tick_timer_ = reactor_.schedule(deadline, [this] {
    tick_at_ = kNever;
    core_->tick();
  });
}

}  // namespace sockchat::server
