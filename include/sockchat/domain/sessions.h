// Who is online: one session a user. Loop thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "sockchat/base/ids.h"
#include "sockchat/base/time.h"
#include "sockchat/domain/feed.h"

namespace sockchat::domain {

struct Session {
  SessionId id;
  UserId user;
  ConnectionId connection;
  LoginId login;
  LoginId family;         // of its token; none: it has no token
  TimePoint last_active;  // the activity that postpones the timeout
  bool wants_presence = true;
  bool settling = false;   // the messages that waited for the login are not through yet
  MessageId waited_up_to;  // the newest message that was there before the login
  Feed feed;
};

// Sessions stand in one dense array, for the fan-out; an index is good until the next open or close.
class Sessions final {
 public:
  // The user must not be online.
  Session& open(UserId user, ConnectionId connection, TimePoint now);
  // False when it is gone.
  bool close(SessionId id);
  [[nodiscard]] Session* find(SessionId id);
  [[nodiscard]] Session* find_user(UserId user);
  [[nodiscard]] const Session* find_user(UserId user) const;
  [[nodiscard]] std::span<Session> all() { return sessions_; }
  [[nodiscard]] std::span<const Session> all() const { return sessions_; }
  [[nodiscard]] std::size_t size() const { return sessions_.size(); }

 private:
  std::vector<Session> sessions_;
  std::unordered_map<SessionId, std::size_t> by_id_;
  std::unordered_map<UserId, std::size_t> by_user_;
  std::uint64_t last_id_ = 0;
};

}  // namespace sockchat::domain
