#include "sim/history.h"

#include <algorithm>

#include "sockchat/base/check.h"

namespace sockchat::sim {

History::History(Trace& trace, const server_core::Config& config)
    : trace_(trace),
      idle_timeout_(config.idle_timeout),
      block_duration_(config.block_duration),
      dead_after_(config.limits.dead_seconds),
      login_failures_(config.limits.login_failures) {}

std::size_t History::draft(int from, int to, std::string text, std::string cid) {
  by_text_.emplace(text, contents_.size());
  Content& content = contents_.emplace_back();
  content.from = from;
  content.to = to;
  content.text = std::move(text);
  content.cid = std::move(cid);
  content.is_barred = true;
  return contents_.size() - 1;
}

void History::opened(ConnectionId id, bool acknowledges) {
  trace_.note("{} opened{}", id.value(), acknowledges ? " with ack" : "");
  connections_[id].acknowledges = acknowledges;
}

// --- requests

void History::offered(ConnectionId id, const Request& request, TimePoint now) {
  trace_.note("{} > {} {}", id.value(), request.json, request.act == Act::eof ? "(end)" : "");
  Connection& connection = connections_[id];
  // What comes when the end has begun is not read.
  if (stopping_ || connection.half_closed || connection.is_over) return;
  Pending pending;
  pending.request = request;
  pending.step = trace_.step();
  pending.asked = now;
  const bool logged_in = connection.is_online;
  if (logged_in && connection.has_replaced && request.act != Act::eof) {
    tokens_.spend(*connection.family);
    connection.has_replaced = false;
  }
  switch (request.act) {
    case Act::message:
    case Act::broadcast:
      if (logged_in) offer_content(pending, connection);
      break;
    case Act::block:
    case Act::unblock:
      if (logged_in) pending.change = blocks_.begin(connection.user, request.user, trace_.step());
      break;
    case Act::whoelse:
      if (logged_in) offer_list(pending, connection.user);
      break;
    case Act::ack:
      if (logged_in) {
        std::uint64_t& most = soft_most_[static_cast<std::size_t>(connection.user)];
        most = std::max(most, request.up_to);
      }
      for (const Given& given : connection.unshown) {
        if (contents_[given.content].mid <= request.up_to) show(connection, given.content);
      }
      std::erase_if(connection.unshown,
                    [&](const Given& given) { return contents_[given.content].mid <= request.up_to; });
      break;
    case Act::login:
      if (logged_in || request.user == kNobody) break;
      connection.known_at_login = newest_;
      connection.firm_at_login = soft_[static_cast<std::size_t>(request.user)];
      break;
    case Act::resume:
      if (logged_in) break;
      pending.token = tokens_.state_of(request.token);
      tokens_.present(request.token);
      connection.known_at_login = newest_;
      if (const auto family = tokens_.find(request.token))
        connection.firm_at_login = soft_[static_cast<std::size_t>(tokens_.at(*family).user)];
      break;
    case Act::logout:
      if (logged_in && connection.family) tokens_.at(*connection.family).is_certain = false;
      break;
    case Act::eof:
      connection.half_closed = true;
      break;
    default:
      if (logged_in) offer_private(request, connection.user);
      break;
  }
  const bool is_activity = request.act == Act::message || request.act == Act::broadcast ||
                           request.act == Act::block || request.act == Act::unblock ||
                           request.act == Act::whoelse || request.act == Act::logout ||
                           request.act == Act::start_private || request.act == Act::answer ||
                           request.act == Act::stop_private || request.act == Act::active;
  if (is_activity) connection.last_active = now;
  pending.request.json.clear();
  if (!request.is_answered()) return;
  (request.act == Act::login ? connection.slow : connection.pending).push_back(std::move(pending));
}

void History::offer_content(Pending& pending, const Connection& connection) {
  Content& content = contents_[pending.request.content];
  pending.sending = content.sendings.size();
  pending.was_known = content.mid != 0;
  if (content.sendings.empty()) {
    content.floor = newest_;
    content.first_sent = trace_.step();
  }
  const bool barred =
      content.to != kNobody && blocks_.is_on_since(content.to, connection.user, trace_.step());
  content.is_barred = content.is_barred && barred;
  content.sendings.push_back(barred ? Sending::refused : Sending::open);
}

// Who must be in the answer to `whoelse`, and who may.
void History::offer_list(Pending& pending, int asker) {
  for (int user = 0; user < static_cast<int>(kUsersMax); ++user) {
    if (!is_online(user) || user == asker || blocks_.is_on_since(user, asker, pending.step)) continue;
    pending.may_list |= bit(user);
    if (blocks_.is_off_since(user, asker, pending.step)) pending.must_list |= bit(user);
  }
}

// --- answers

void History::answered(Connection& connection, const Pending& pending, const wire::ServerFrame& frame,
                       TimePoint now) {
  const bool ok = frame.kind == wire::ServerFrameKind::ok;
  if (!ok && (frame.code == "not_logged_in" || frame.code == "already_logged_in")) {
    const bool is_login = pending.request.act == Act::login || pending.request.act == Act::resume;
    const bool is_true = (frame.code == "already_logged_in") == is_login;
    if (!is_true) trace_.violate("reply", "{} to {}", frame.code, frame.command);
    return;
  }
  switch (pending.request.act) {
    case Act::message:
    case Act::broadcast:
      return answered_content(connection, pending, frame);
    case Act::login:
      return answered_login(connection, pending, frame);
    case Act::resume:
      return answered_resume(connection, pending, frame, now);
    case Act::logout:
      if (ok && connection.family) tokens_.at(*connection.family).has_ended = true;
      if (!ok && frame.code != "storage" && frame.code != "busy")
        trace_.violate("reply", "{} to a logout", frame.code);
      return;
    case Act::block:
    case Act::unblock:
      return answered_change(connection, pending, frame);
    case Act::whoelse:
      return answered_list(pending, frame);
    case Act::ack:
      if (ok) {
        const auto user = static_cast<std::size_t>(connection.user);
        firm_[user] = std::max(firm_[user], pending.request.up_to);
        soft_[user] = std::max(soft_[user], firm_[user]);
        soft_most_[user] = std::max(soft_most_[user], soft_[user]);
      }
      return;
    case Act::start_private:
    case Act::answer:
    case Act::stop_private:
      return answered_private(connection, pending, frame);
    case Act::garbage:
      if (ok) trace_.violate("reply", "ok to garbage");
      return;
    default:
      if (!ok) trace_.violate("reply", "{} to {}", frame.code, frame.command);
  }
}

void History::answered_content(Connection& connection, const Pending& pending,
                               const wire::ServerFrame& frame) {
  Content& content = contents_[pending.request.content];
  if (content.sendings.size() <= pending.sending) {
    trace_.violate("reply", "an answer to what was asked before the login");
  } else if (frame.kind == wire::ServerFrameKind::ok) {
    accepted(connection, pending, frame);
  } else {
    not_accepted(pending, frame.code);
  }
}

void History::accepted(Connection& connection, const Pending& pending, const wire::ServerFrame& frame) {
  Content& content = contents_[pending.request.content];
  if (!may_be_stored(content))
    trace_.violate(content.is_barred ? "K8" : "K2", "accepted, and must not be: {}", content.text);
  content.sendings[pending.sending] = Sending::ok;
  const std::uint64_t mid = frame.data.empty() ? 0 : std::stoull(std::string(frame.data[0]));
  learn(content, mid);
  if (content.sendings.size() == 1) {
    if (mid <= connection.last_own_mid) trace_.violate("K5", "{} behind {}", mid, connection.last_own_mid);
    connection.last_own_mid = mid;
  }
  for (int user = 0; content.to == kNobody && user < static_cast<int>(kUsersMax); ++user) {
    const bool refuses =
        content.sendings.size() == 1 && blocks_.is_on_since(user, content.from, content.first_sent);
    if (refuses) content.refused_by |= bit(user);
  }
  const bool is_first = content.ok_at == 0;
  if (is_first) content.ok_at = trace_.step();
  if (content.to != kNobody) return;
  if (is_first && content.sendings.size() == 1) owe(content);
  bool any = false;
  bool all_known = true;
  for (int user = 0; user < static_cast<int>(kUsersMax); ++user) {
    any = any || blocks_.is_on_since(user, content.from, pending.step);
    all_known = all_known && blocks_.is_off_since(user, content.from, pending.step);
  }
  if ((any && !frame.skipped) || (all_known && frame.skipped))
    trace_.violate("K8", "skipped is {} in the answer to {}", frame.skipped, content.text);
}

void History::not_accepted(const Pending& pending, std::string_view code) {
  Content& content = contents_[pending.request.content];
  if (code == "storage") {
    if (content.sendings[pending.sending] == Sending::open)
      content.sendings[pending.sending] = Sending::unknown;
    return;
  }
  if (code == "blocked" && blocks_.is_off_since(content.to, content.from, pending.step))
    trace_.violate("K8", "refused by nobody's block: {}", content.text);
  content.sendings[pending.sending] = Sending::refused;
  if (code == "busy") return;
  // The cid was looked up: nothing that was sent before this has been stored.
  if (pending.was_known) trace_.violate("K7", "{} to the repeat of mid {}", code, content.mid);
  for (std::size_t i = 0; i < pending.sending; ++i) {
    if (content.sendings[i] == Sending::ok) trace_.violate("K7", "{} after an ok: {}", code, content.text);
    content.sendings[i] = Sending::refused;
  }
}

void History::answered_login(Connection& connection, const Pending& pending, const wire::ServerFrame& frame) {
  const Request& request = pending.request;
  if (frame.kind == wire::ServerFrameKind::ok) {
    connection.login_answered = true;
    if (!request.right || connection.user != request.user)
      trace_.violate("reply", "logged in as {} with a wrong password", request.user);
    if (!frame.token) return;
    connection.family = tokens_.begin(connection.user, connection.online_since);
    tokens_.give(*connection.family, std::string(*frame.token), trace_.step());
    tokens_.at(*connection.family).is_online = true;
    return;
  }
  // A connection that is ending takes no login, whatever the password.
  const bool is_ending = connection.half_closed || stopping_;
  if (request.right && frame.code == "bad_credentials" && !is_ending)
    trace_.violate("reply", "the right password of {} was refused", request.user);
}

void History::answered_change(const Connection& connection, const Pending& pending,
                              const wire::ServerFrame& frame) {
  const bool ok = frame.kind == wire::ServerFrameKind::ok;
  const bool blocks = pending.request.act == Act::block;
  const int target = pending.request.user;
  const BlockLedger::Change& change = pending.change;
  if (frame.code == "already_blocked" && change.before == BlockLedger::State::off)
    trace_.violate("K8", "{} has not blocked {}", connection.user, target);
  if (frame.code == "not_blocked" && change.before == BlockLedger::State::on)
    trace_.violate("K8", "{} has blocked {}", connection.user, target);
  blocks_.end(connection.user, target, change, blocks, ok, frame.code == "storage", trace_.step());
}

void History::answered_list(const Pending& pending, const wire::ServerFrame& frame) {
  std::uint32_t listed = 0;
  for (const std::string_view name : frame.data) listed |= bit(sim::user_of(name));
  const bool sorted = std::ranges::is_sorted(frame.data);
  if ((listed & ~pending.may_list) != 0 || (pending.must_list & ~listed) != 0 || !sorted) {
    trace_.violate("list", "listed {:x}, must be {:x}, may be {:x}", listed, pending.must_list,
                   pending.may_list);
  }
}

// --- the end of things

void History::stopped(bool killed, TimePoint now) {
  trace_.note("server {}", killed ? "killed" : "stopped");
  tokens_.restart(now);
  privates_.restart();
  for (auto& [id, connection] : connections_) {
    if (!connection.closed) closed(id);
  }
  if (killed) {
    soft_ = firm_;
  } else {
    firm_ = soft_;
  }
  online_ = 0;
  stopping_ = false;
  has_stopped_ = true;
  for (auto& [name, failures] : failures_) failures.is_exact = false;
  blocks_.restart();
}

void History::confirm_failed(int user) {
  soft_[static_cast<std::size_t>(user)] = firm_[static_cast<std::size_t>(user)];
}

void History::checked_password(const std::string& name, WallTime started) {
  Failures& failures =
      failures_.try_emplace(name, Failures{.starts = {}, .is_exact = !has_stopped_}).first->second;
  std::vector<WallTime>& starts = failures.starts;
  trace_.note("password of {} checked, failure {}", name, starts.size() + 1);
  if (starts.size() >= login_failures_) {
    // The last one shut the name; where that is not certain, no window has more than the limit.
    const WallTime shut_at = failures.is_exact ? starts.back() : starts[starts.size() - login_failures_];
    if (started < shut_at + block_duration_) trace_.violate("K9", "one check too many for {}", name);
    if (failures.is_exact) starts.clear();
  }
  starts.push_back(started);
}

void History::drained() {
  for (const Content& content : contents_) {
    if (content.to != kNobody && content.ok_at != 0 && (content.shown_to & bit(content.to)) == 0)
      trace_.violate("K1", "never shown: mid {} to {}: {}", content.mid, content.to, content.text);
  }
  for (const auto& [id, connection] : connections_) {
    if (connection.closed) continue;
    if (!connection.owed.empty())
      trace_.violate("K1", "{} never got the broadcast {}", id.value(), *connection.owed.begin());
    if (!connection.pending.empty() || !connection.slow.empty())
      trace_.violate("reply", "{} waits for an answer", id.value());
  }
}

}  // namespace sockchat::sim
