// The history of sessions that are taken up again.
#include <algorithm>

#include "sim/history.h"

namespace sockchat::sim {

void History::answered_resume(Connection& connection, const Pending& pending, const wire::ServerFrame& frame,
                              TimePoint now) {
  const Request& request = pending.request;
  // It may have been stored, and be found after a restart like one that had no answer.
  if (frame.code != "storage" && frame.code != "busy") tokens_.answered(request.token);
  if (frame.kind == wire::ServerFrameKind::ok) return resumed(connection, pending, frame, now);
  const bool is_ending = connection.half_closed || stopping_;
  const bool was_good = pending.token == TokenLedger::State::good &&
                        tokens_.state_of(request.token) == TokenLedger::State::good;
  if (frame.code == "bad_token" && was_good && !is_ending)
    trace_.violate("token", "{} was refused", request.token);
  if (frame.code == "bad_argument" && request.up_to <= newest_)
    trace_.violate("token", "{} was accepted long ago, and refused", request.up_to);
}

void History::resumed(Connection& connection, const Pending& pending, const wire::ServerFrame& frame,
                      TimePoint now) {
  const Request& request = pending.request;
  const auto found = tokens_.find(request.token);
  if (!found || pending.token == TokenLedger::State::dead)
    return trace_.violate("token", "{} is dead, and was good", request.token);
  TokenFamily& family = tokens_.at(*found);
  if (connection.user != family.user) trace_.violate("token", "{} is not {}", family.user, connection.user);
  if (!frame.token) return trace_.violate("token", "{} was not replaced", request.token);
  check_gap(family, pending, frame.resumed, now);
  if (!frame.resumed) {
    family.owed.clear();
    family.since = connection.online_since;
  }
  connection.login_answered = true;
  connection.family = *found;
  connection.given_since = family.since;
  connection.resumed_from = request.up_to;
  connection.has_replaced = true;
  tokens_.give(*found, std::string(*frame.token), trace_.step());
  family.is_online = true;
  family.left.reset();

  // Everything that certainly lies behind what the client has.
  const auto user = static_cast<std::size_t>(family.user);
  const std::uint64_t base = request.up_to != 0 ? request.up_to : soft_most_[user];
  for (const Content& content : contents_) {
    if (content.to == family.user && content.mid > base) connection.owed.insert(content.mid);
  }
  connection.owed.insert(family.owed.upper_bound(base), family.owed.end());
}

void History::check_gap(const TokenFamily& family, const Pending& pending, bool was_resumed, TimePoint now) {
  if (!family.left || !family.left_is_certain) return;
  const TimePoint over = *family.left + dead_after_;
  if (was_resumed && pending.asked >= over)
    trace_.violate("token", "a session was taken up that ended too long ago");
  if (!was_resumed && now < over) trace_.violate("token", "a session was not taken up in its time");
}

}  // namespace sockchat::sim
