#include <vector>

#include "server_core/handlers.h"
#include "server_core/replies.h"
#include "sockchat/domain/delivery.h"

namespace sockchat::server_core {

void handle(Context& context, const wire::WhoElse&) {
  std::vector<UserId> visible;
  for (const domain::Session& session : context.core.sessions.all()) {
    if (domain::may_see(context.core.blocklist, context.user(), session.user))
      visible.push_back(session.user);
  }
  answer_names(context, visible);
}

void handle(Context& context, const wire::WhoElseSince& who) {
  const Core& core = context.core;
  const TimePoint since = core.now().mono - std::chrono::seconds(who.seconds);
  std::vector<UserId> visible;
  for (const UserId user : core.presence_log.online_since(since)) {
    const domain::Account* account = core.directory.find(user);
    const bool is_there = account && !account->removed;
    if (is_there && domain::may_see(core.blocklist, context.user(), user)) visible.push_back(user);
  }
  answer_names(context, visible);
}

void handle(Context& context, const wire::Ping&) { answer_ok(context, {}); }

// Heard is all that a pong has to be, and every frame is heard.
void handle(Context&, const wire::Pong&) {}

}  // namespace sockchat::server_core
