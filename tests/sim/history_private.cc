// The part of the history that is about private chats.
#include "sim/history.h"

namespace sockchat::sim {

void History::offer_private(const Request& request, int user) {
  switch (request.act) {
    case Act::listen:
      return privates_.listened(user, request.token, request.right);
    case Act::start_private:
      return privates_.agreed(user, request.user);
    case Act::answer:
      if (request.right) privates_.agreed(user, request.user);
      return;
    case Act::relay:
      return privates_.relayed(user, request.user, request.token);
    default:
      return;
  }
}

void History::answered_private(const Connection& connection, const Pending& pending,
                               const wire::ServerFrame& frame) {
  const int peer = pending.request.user;
  const bool ok = frame.kind == wire::ServerFrameKind::ok;
  if (pending.request.act != Act::start_private) return;
  if (ok) judge_private(connection, privates_.started(connection.user, peer, frame.session));
  if (ok && blocks_.is_on_since(peer, connection.user, pending.step))
    trace_.violate("K8", "{} is asked for a private chat by {}, whom he refuses", peer, connection.user);
  if (frame.code == "blocked" && blocks_.is_off_since(peer, connection.user, pending.step))
    trace_.violate("K8", "{} is refused a private chat by nobody's block", connection.user);
}

void History::told_privately(const Connection& connection, const wire::ServerFrame& frame) {
  if (!connection.is_online || !connection.login_answered)
    return trace_.violate("private", "{} without a session", frame.command);
  judge_private(connection, privates_.event(connection.user, frame));
}

void History::judge_private(const Connection& connection, std::string_view wrong) {
  if (!wrong.empty()) trace_.violate("private", "{}: {}", connection.user, wrong);
}

}  // namespace sockchat::sim
