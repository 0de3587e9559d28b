// The decisions about one message: may it be sent, and who gets it. Pure functions of what is known now.
#pragma once

#include <cstddef>
#include <vector>

#include "sockchat/base/result.h"
#include "sockchat/domain/blocklist.h"
#include "sockchat/domain/directory.h"
#include "sockchat/domain/mailbox.h"
#include "sockchat/domain/sessions.h"

namespace sockchat::domain {

// The recipient's id; or self, unknown_user, blocked, mailbox_full, in this order.
[[nodiscard]] Result<UserId> decide_message(const Directory& directory, const Blocklist& blocklist,
                                            const Mailboxes& mailboxes, UserId from, std::string_view to,
                                            std::size_t bytes);

// Whether this session gets a broadcast of `from`: everyone online but the sender and who refuses the sender.
[[nodiscard]] inline bool receives_broadcast(const Blocklist& blocklist, bool sender_is_refused, UserId from,
                                             UserId receiver) {
  return receiver != from && !(sender_is_refused && blocklist.refuses(receiver, from));
}

// Whether `viewer` may see whether `user` is there: not itself, and not who refuses the viewer.
[[nodiscard]] bool may_see(const Blocklist& blocklist, UserId viewer, UserId user);

}  // namespace sockchat::domain
