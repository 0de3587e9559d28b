#include "sockchat/domain/sessions.h"

#include <utility>

#include "sockchat/base/check.h"

namespace sockchat::domain {

Session& Sessions::open(UserId user, ConnectionId connection, TimePoint now) {
  SOCKCHAT_CHECK(!by_user_.contains(user));
  Session& session = sessions_.emplace_back();
  session.id = SessionId(++last_id_);
  session.user = user;
  session.connection = connection;
  session.last_active = now;
  by_id_[session.id] = sessions_.size() - 1;
  by_user_[user] = sessions_.size() - 1;
  return session;
}

bool Sessions::close(SessionId id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return false;
  const std::size_t index = found->second;
  by_user_.erase(sessions_[index].user);
  by_id_.erase(found);
  if (index + 1 != sessions_.size()) {
    sessions_[index] = std::move(sessions_.back());
    by_id_[sessions_[index].id] = index;
    by_user_[sessions_[index].user] = index;
  }
  sessions_.pop_back();
  return true;
}

Session* Sessions::find(SessionId id) {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &sessions_[found->second];
}

Session* Sessions::find_user(UserId user) {
  const auto found = by_user_.find(user);
  return found == by_user_.end() ? nullptr : &sessions_[found->second];
}

const Session* Sessions::find_user(UserId user) const {
  const auto found = by_user_.find(user);
  return found == by_user_.end() ? nullptr : &sessions_[found->second];
}

}  // namespace sockchat::domain
