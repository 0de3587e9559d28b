// Who was logged in at any moment of the last so many seconds: online now, or logged out less than that ago.
// Loop thread; monotonic time.
#pragma once

#include <unordered_map>
#include <vector>

#include "sockchat/base/ids.h"
#include "sockchat/base/time.h"

namespace sockchat::domain {

class PresenceLog final {
 public:
  void came_online(UserId user);
  void went_offline(UserId user, TimePoint when);
  // In no particular order. `since` is a moment; somebody who left exactly then was not there any more after
  // it.
  [[nodiscard]] std::vector<UserId> online_since(TimePoint since) const;

 private:
  // kNever: online now. One entry a user that was ever seen, so bounded by the accounts.
  std::unordered_map<UserId, TimePoint> last_seen_;
};

}  // namespace sockchat::domain
