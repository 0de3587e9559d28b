// The half of the history that comes from the server: frames, sessions and ends.
#include <algorithm>

#include "sim/history.h"
#include "sockchat/base/close_reason.h"

namespace sockchat::sim {

using wire::ServerFrame;
using wire::ServerFrameKind;

bool History::is_ready(ConnectionId id) const {
  const auto found = connections_.find(id);
  return found != connections_.end() && found->second.is_online && found->second.login_answered;
}

const std::vector<std::uint64_t>& History::taken_mids(ConnectionId id) const {
  return connections_.at(id).taken;
}

std::size_t History::unanswered(ConnectionId id) const {
  const Connection& connection = connections_.at(id);
  return connection.pending.size() + connection.slow.size();
}

void History::sent(ConnectionId id, const ServerFrame& frame, std::uint64_t end, TimePoint now) {
  Connection& connection = connections_[id];
  const std::string_view word = frame.kind == ServerFrameKind::ok      ? "ok"
                                : frame.kind == ServerFrameKind::error ? frame.code
                                                                       : "event";
  const std::string_view datum = frame.data.empty() ? std::string_view() : frame.data.back();
  trace_.note("{} < {} {} {} {}", id.value(), word, frame.command, frame.mid, datum.substr(0, 40));
  if (frame.kind == ServerFrameKind::event) {
    if (frame.command == "message" || frame.command == "broadcast") delivered(id, connection, frame, end);
    if (!frame.session.empty()) told_privately(connection, frame);
    return;
  }
  // Only what is refused is answered.
  if (frame.command == "relay" || frame.command == "active") return;
  const auto* number = std::get_if<std::uint64_t>(&frame.id);
  const std::uint64_t asked = number ? *number : 0;
  if (!connection.slow.empty() && asked != 0 && connection.slow.front().request.id == asked) {
    const Pending pending = std::move(connection.slow.front());
    connection.slow.pop_front();
    return answered(connection, pending, frame, now);
  }
  if (connection.pending.empty() || connection.pending.front().request.id != asked)
    return trace_.violate("reply", "{}: an answer to {} out of turn", id.value(), asked);
  const Pending pending = std::move(connection.pending.front());
  connection.pending.pop_front();
  answered(connection, pending, frame, now);
}

bool History::may_be_stored(const Content& content) {
  return std::ranges::any_of(content.sendings, [](Sending sending) { return sending != Sending::refused; });
}

void History::learn(Content& content, std::uint64_t mid) {
  const auto index = static_cast<std::size_t>(&content - contents_.data());
  if (mid == 0) return trace_.violate("K5", "no mid for {}", content.text);
  if (content.mid != 0 && content.mid != mid)
    return trace_.violate("K7", "mid {} and {} for {}", content.mid, mid, content.text);
  if (content.mid == mid) return;
  content.mid = mid;
  if (!by_mid_.emplace(mid, index).second) trace_.violate("K5", "mid {} was given before", mid);
  if (!content.cid.empty() && !by_cid_.emplace(std::pair(content.from, content.cid), index).second)
    trace_.violate("K7", "two contents of {} with the cid {}", content.from, content.cid);
  if (mid <= content.floor) trace_.violate("K5", "mid {} was sent after {} was known", mid, content.floor);
  newest_ = std::max(newest_, mid);
}

void History::delivered(ConnectionId id, Connection& connection, const ServerFrame& frame,
                        std::uint64_t end) {
  const auto found = frame.data.size() == 2 ? by_text_.find(frame.data[1]) : by_text_.end();
  if (found == by_text_.end()) return trace_.violate("K4", "{}: a text that nobody sent", id.value());
  Content& content = contents_[found->second];
  const bool is_direct = frame.command == "message";
  if (sim::user_of(frame.data[0]) != content.from || is_direct != (content.to != kNobody) ||
      (is_direct && content.to != connection.user) || content.from == connection.user) {
    return trace_.violate("K4", "{}: not for {}: {}", id.value(), connection.user, content.text);
  }
  if (!connection.is_online || !connection.login_answered)
    return trace_.violate("K2", "{}: delivered without a session", id.value());
  if (!may_be_stored(content))
    trace_.violate(content.is_barred ? "K8" : "K2", "delivered, and was refused: {}", content.text);
  const std::uint64_t mid = std::stoull("0" + std::string(frame.mid));
  learn(content, mid);
  if (mid == connection.last_mid) trace_.violate("K3", "{}: mid {} twice", id.value(), mid);
  if (mid < connection.last_mid)
    trace_.violate("K5", "{}: mid {} behind {}", id.value(), mid, connection.last_mid);
  // What has failed to be stored since does not count.
  const std::uint64_t confirmed =
      std::min(connection.firm_at_login, soft_[static_cast<std::size_t>(connection.user)]);
  if (mid <= connection.resumed_from)
    trace_.violate("K6", "{}: mid {} to who has {}", id.value(), mid, connection.resumed_from);
  if (is_direct && connection.resumed_from == 0 && mid <= confirmed)
    trace_.violate("K3", "{}: mid {} again, {} was confirmed", id.value(), mid, confirmed);
  connection.last_mid = mid;
  connection.owed.erase(mid);
  if (!connection.owed.empty() && *connection.owed.begin() < mid)
    trace_.violate(connection.resumed_from == 0 ? "K1" : "K6", "{}: mid {} was left out", id.value(),
                   *connection.owed.begin());
  if (is_direct && mid <= connection.known_at_login && !frame.stored)
    trace_.violate("K2", "{}: mid {} waited, and is not marked", id.value(), mid);
  if (is_direct && content.first_sent > connection.online_since && frame.stored)
    trace_.violate("K2", "{}: mid {} has not waited", id.value(), mid);
  if (!is_direct) check_receiver(connection, content);
  content.sent_to |= bit(connection.user);
  connection.given.push_back({end, found->second});
}

void History::check_receiver(const Connection& connection, const Content& content) {
  if (content.ok_at != 0 && connection.given_since > content.ok_at)
    trace_.violate("K2", "{} was not online for: {}", connection.user, content.text);
  if ((content.refused_by & bit(connection.user)) != 0)
    trace_.violate("K8", "{} refused {}: {}", connection.user, content.from, content.text);
  if (blocks_.is_on_since(connection.user, content.from, content.first_sent))
    trace_.violate("K8", "{} refuses {}: {}", connection.user, content.from, content.text);
}

// Everybody who was online during the whole call, and certainly does not refuse the sender.
void History::owe(const Content& content) {
  for (auto& [id, connection] : connections_) {
    if (!connection.is_online || connection.online_since > content.first_sent) continue;
    if (connection.user == content.from || (content.sent_to & bit(connection.user)) != 0) continue;
    if (!blocks_.is_off_since(connection.user, content.from, content.first_sent)) continue;
    connection.owed.insert(content.mid);
    if (connection.last_mid > content.mid)
      trace_.violate("K1", "{}: the broadcast {} was left out", id.value(), content.mid);
  }
  for (TokenFamily& family : tokens_.all()) {
    const bool is_there = (family.is_online || family.left) && family.since <= content.first_sent;
    if (is_there && family.user != content.from &&
        blocks_.is_off_since(family.user, content.from, content.first_sent))
      family.owed.insert(content.mid);
  }
}

void History::taken(ConnectionId id, std::uint64_t up_to, bool told) {
  Connection& connection = connections_[id];
  for (; !connection.given.empty() && connection.given.front().end <= up_to; connection.given.pop_front()) {
    const Given given = connection.given.front();
    const Content& content = contents_[given.content];
    connection.taken.push_back(content.mid);
    if (connection.acknowledges) {
      connection.unshown.push_back(given);
      continue;
    }
    show(connection, given.content);
    std::uint64_t& soft = soft_[static_cast<std::size_t>(connection.user)];
    if (told && connection.is_online && content.to != kNobody) soft = std::max(soft, content.mid);
    // Behind the end of a session too.
    std::uint64_t& most = soft_most_[static_cast<std::size_t>(connection.user)];
    if (told && content.to != kNobody) most = std::max(most, content.mid);
  }
}

// A client that keeps what it has shown shows it once.
void History::show(const Connection& connection, std::size_t index) {
  const int user = connection.user;
  Content& content = contents_[index];
  if ((content.shown_to & bit(user)) != 0) return;
  content.shown_to |= bit(user);
  std::uint64_t& newest = newest_shown_[static_cast<std::size_t>(user)];
  // Another client of the user may have shown more meanwhile: before this one came back, or since it ended.
  const bool is_redelivery =
      connection.resumed_from != 0 || connection.is_over || connection.given_since != connection.online_since;
  if (content.mid <= newest && !is_redelivery)
    trace_.violate("K5", "{} is shown {} after {}", user, content.mid, newest);
  newest = std::max(newest, content.mid);
}

void History::logged_in(ConnectionId id, std::string_view name, TimePoint now) {
  trace_.note("{} is online as {}", id.value(), name);
  Connection& connection = connections_[id];
  const int user = sim::user_of(name);
  if (is_online(user)) trace_.violate("reply", "{} is online twice", name);
  connection.user = user;
  connection.is_online = true;
  connection.online_since = connection.given_since = trace_.step();
  connection.last_active = now;
  online_ |= bit(user);
}

void History::logged_out(ConnectionId id, std::string_view why, TimePoint now) {
  trace_.note("{} is offline: {}", id.value(), why);
  Connection& connection = connections_[id];
  if (why == "timeout" && now < connection.last_active + idle_timeout_)
    trace_.violate("idle", "{} was logged out early", id.value());
  connection.is_online = false;
  connection.is_over = true;
  connection.is_dropped = why == "slow_consumer";
  if (connection.family) {
    TokenFamily& family = tokens_.at(*connection.family);
    family.is_online = false;
    family.left = why == "logout" ? std::nullopt : std::optional(now);
    family.left_is_certain = true;
  }
  online_ &= ~bit(connection.user);
  privates_.left(connection.user);
}

void History::ticked(TimePoint now) {
  for (const auto& [id, connection] : connections_) {
    if (connection.is_online && now >= connection.last_active + idle_timeout_)
      trace_.violate("idle", "{} is not logged out", id.value());
  }
}

void History::closing(ConnectionId id, CloseReason reason) {
  trace_.note("{} is closed: {}", id.value(), name_of(reason));
  Connection& connection = connections_[id];
  if (connection.closing || connection.closed) trace_.violate("close", "{} is closed twice", id.value());
  connection.closing = reason;
  const bool is_orderly = reason == CloseReason::logout || reason == CloseReason::bad_requests ||
                          reason == CloseReason::idle_timeout || reason == CloseReason::peer_closed ||
                          reason == CloseReason::shutdown;
  if (is_orderly && !connection.is_dropped && unanswered(id) > 0)
    trace_.violate("reply", "{} is closed with {} without an answer", id.value(), unanswered(id));
}

void History::closed(ConnectionId id) {
  Connection& connection = connections_[id];
  connection.closed = true;
  connection.is_online = false;
  for (const Pending& pending : connection.pending) {
    if (pending.request.act != Act::message && pending.request.act != Act::broadcast) continue;
    std::vector<Sending>& sendings = contents_[pending.request.content].sendings;
    if (pending.sending < sendings.size() && sendings[pending.sending] == Sending::open)
      sendings[pending.sending] = Sending::unknown;
  }
  connection.pending.clear();
  connection.slow.clear();
}

}  // namespace sockchat::sim
