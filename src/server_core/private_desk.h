// Private chats between the sessions of this node: who can be reached how, who asks whom, and who was
// introduced. No address of a user leaves here before both have agreed; after that the two need the server
// only where they cannot reach each other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "server_core/lines.h"
#include "sockchat/base/errc.h"
#include "sockchat/base/ids.h"
#include "sockchat/base/result.h"
#include "sockchat/base/time.h"
#include "sockchat/domain/private_chats.h"
#include "sockchat/domain/rate_limiter.h"

namespace sockchat::server_core {

struct Core;

class PrivateDesk final {
 public:
  explicit PrivateDesk(Core& core) : core_(core) {}

  struct Refused {
    Errc code;
    std::optional<Duration> retry_after = std::nullopt;
  };
  template <class T>
  using Outcome = tl::expected<T, Refused>;

  // The user takes private chats from now on, until the session ends.
  void listen(UserId user, std::uint16_t port, std::string_view key);
  // The chat that the user asks for: a new invitation, the one that stands already, or one of the other's,
  // which is thereby answered.
  [[nodiscard]] Outcome<domain::PrivateChat> start(Line& line, UserId asker, std::string_view name);
  // Tells the other of a new invitation, or both of the chat that it has become.
  void announce(const domain::PrivateChat& chat);
  // The invitation that was accepted or declined.
  [[nodiscard]] Outcome<domain::PrivateChat> answer(Line& line, UserId asked, std::string_view name,
                                                    bool accepts);
  // Tells the asker that the answer was no.
  void refuse(const domain::PrivateChat& chat);
  // The user asks somebody of this name, who has not answered yet.
  [[nodiscard]] bool invites(UserId asker, std::string_view name) const;
  [[nodiscard]] Outcome<void> relay(UserId from, std::string_view name, std::string_view base64);
  [[nodiscard]] Outcome<void> stop(UserId user, std::string_view name);

  // The user's session ends; `why` as it is stored with the login.
  void leave(UserId user, std::string_view why);
  // Invitations of the user may be over.
  void expire(UserId asker);

 private:
  struct Listening {
    std::string port;
    std::string key;
  };
  [[nodiscard]] Outcome<UserId> find_invitee(UserId asker, std::string_view name) const;
  [[nodiscard]] Outcome<void> take_invitation(Line& line, UserId asker);
  [[nodiscard]] Outcome<void> check_open(Line& line, UserId user);
  void introduce(const domain::PrivateChat& chat, UserId user);
  void decline(const domain::PrivateChat& chat, UserId user, std::string_view reason);
  [[nodiscard]] Line* line_of(UserId user) const;
  void tell(UserId user);

  Core& core_;
  domain::PrivateChats chats_;
  std::unordered_map<UserId, Listening> listening_;
  // By user, and not by session: who logs in anew has no other budget. Bounded by the accounts.
  std::unordered_map<UserId, domain::RateLimiter> invitations_;
  std::string frame_;
};

}  // namespace sockchat::server_core
