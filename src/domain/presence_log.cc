#include "sockchat/domain/presence_log.h"

namespace sockchat::domain {

void PresenceLog::came_online(UserId user) { last_seen_[user] = kNever; }

void PresenceLog::went_offline(UserId user, TimePoint when) { last_seen_[user] = when; }

std::vector<UserId> PresenceLog::online_since(TimePoint since) const {
  std::vector<UserId> users;
  for (const auto& [user, seen] : last_seen_) {
    if (seen > since) users.push_back(user);
  }
  return users;
}

}  // namespace sockchat::domain
