// Who asks whom for a private chat, and between whom one stands. The server only introduces: what is said in
// it is none of its business. Pure; loop thread.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sockchat/base/ids.h"
#include "sockchat/base/time.h"

namespace sockchat::domain {

// Between two users there is at most one, from the invitation to its end.
struct PrivateChat {
  std::string session;  // its name on the wire; never the same twice
  UserId asker;
  UserId asked;
  TimePoint expires;      // of the invitation
  bool accepted = false;  // by the one who was asked

  [[nodiscard]] UserId other_than(UserId user) const { return user == asker ? asked : asker; }
};

// Pointers are good until the next change.
class PrivateChats final {
 public:
  // The two must have none.
  PrivateChat& invite(std::string session, UserId asker, UserId asked, TimePoint expires);
  // In whatever state, whoever of the two asked; null when there is none.
  [[nodiscard]] const PrivateChat* between(UserId one, UserId other) const;
  // The same when it is an invitation of `asker` that has no answer yet.
  [[nodiscard]] const PrivateChat* invitation(UserId asker, UserId asked) const;
  // The same when it was accepted.
  [[nodiscard]] const PrivateChat* accepted(UserId one, UserId other) const;
  void accept(UserId asker, UserId asked);
  void end(UserId one, UserId other);

  // Ends all of the user, invitations too; in the order of the others' ids.
  std::vector<PrivateChat> leave(UserId user);
  // Ends the invitations of `asker` that are over at `now`.
  std::vector<PrivateChat> expire(UserId asker, TimePoint now);

  // Chats that stand, and the user's own invitations: what one can make many of. Those of others do not
  // count, or strangers could use them up.
  [[nodiscard]] std::size_t open(UserId user) const;
  [[nodiscard]] std::size_t size() const { return chats_.size() / 2; }

 private:
  template <class Which>
  std::vector<PrivateChat> end_all(UserId user, Which which);

  // Under both orders of the two, so that all of one user stand together.
  std::map<std::pair<UserId, UserId>, PrivateChat> chats_;
};

}  // namespace sockchat::domain
