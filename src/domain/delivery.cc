#include "sockchat/domain/delivery.h"

namespace sockchat::domain {

Result<UserId> decide_message(const Directory& directory, const Blocklist& blocklist,
                              const Mailboxes& mailboxes, UserId from, std::string_view to,
                              std::size_t bytes) {
  const Account* recipient = directory.find_ever(to);
  if (recipient && recipient->id == from) return fail(Errc::self);
  if (!recipient || recipient->removed) return fail(Errc::unknown_user);
  if (blocklist.refuses(recipient->id, from)) return fail(Errc::blocked);
  if (!mailboxes.has_room(recipient->id, bytes)) return fail(Errc::mailbox_full);
  return recipient->id;
}

bool may_see(const Blocklist& blocklist, UserId viewer, UserId user) {
  return viewer != user && !blocklist.refuses(user, viewer);
}

}  // namespace sockchat::domain
