// Everything the core consists of, in the order of ownership, and what a handler may use of it. Private to
// the library.
#pragma once

#include <string>
#include <string_view>

#include "server_core/deadlines.h"
#include "server_core/entrance.h"
#include "server_core/lines.h"
#include "server_core/local_router.h"
#include "server_core/login_desk.h"
#include "server_core/private_desk.h"
#include "sockchat/base/address_group.h"
#include "sockchat/base/counters.h"
#include "sockchat/domain/blocklist.h"
#include "sockchat/domain/directory.h"
#include "sockchat/domain/lockout.h"
#include "sockchat/domain/mailbox.h"
#include "sockchat/domain/presence_log.h"
#include "sockchat/domain/sessions.h"
#include "sockchat/server_core/command_table.h"
#include "sockchat/server_core/server_core.h"
#include "sockchat/wire/request.h"

namespace sockchat::server_core {

struct Core {
  Core(Config given, Ports ports);

  [[nodiscard]] Moment now() const { return clock.now(); }
  [[nodiscard]] WallTime wall_before(Duration age) const {
    return now().wall - std::chrono::ceil<std::chrono::milliseconds>(age);
  }
  // Messages from before are no longer offered.
  [[nodiscard]] WallTime offered_since() const { return wall_before(config.limits.mailbox_days); }

  // Whether the limits of addresses hold for this one.
  [[nodiscard]] bool counts_addresses(const AddressGroup& address) const {
    return !address.is_loopback() || config.limits.address_limits_loopback != 0;
  }
  // This connection met this limit: counted, and noted.
  void met(LimitField limit, const Line& line);

  Config config;  // changed by ServerCore::adjust() alone
  domain::Store& store;
  domain::PasswordHasher& hasher;
  domain::TokenSource& token_source;
  const Clock& clock;
  Journal& journal;
  Counters counters;

  domain::Directory directory;
  domain::Blocklist blocklist;
  domain::Lockout lockout;
  domain::Sessions sessions;
  domain::PresenceLog presence_log;
  domain::Mailboxes mailboxes;

  Deadlines deadlines;
  Lines lines;
  LocalRouter router;
  Entrance entrance;
  LoginDesk desk;
  PrivateDesk privates;
  wire::RequestReader reader;
  std::string scratch;  // one frame on its way out
  bool stopping = false;
};

// A request whose answer comes later: what finds the connection again, and labels the answer.
struct PendingReply {
  ConnectionId connection;
  ReplyLine::Ticket ticket = 0;
  std::string_view command;  // of the table: static storage
  wire::RequestId id;
};

// One request, while its handler runs.
struct Context {
  Core& core;
  Line& line;
  const CommandSpec& spec;
  const wire::Request& request;

  // The asker's session; only where the table says Access::in.
  [[nodiscard]] domain::Session& session() const;
  [[nodiscard]] UserId user() const { return session().user; }
  // The answer comes later, in its turn.
  [[nodiscard]] PendingReply defer() const;
};

}  // namespace sockchat::server_core
