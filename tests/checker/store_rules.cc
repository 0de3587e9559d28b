#include "checker/store_rules.h"

#include <fmt/format.h>

namespace sockchat::checker {

void StoreRules::add(const Event& event, Calls& calls, Verdict& verdict) {
  at_ = event.at;
  if (event.kind == Kind::integrity) {
    looked_at_ = true;
    if (event.word != "ok") verdict.add("K11", event.at, "integrity check: " + event.word);
    return;
  }
  if (event.kind == Kind::stored_block) {
    blocks_.emplace(event.user, event.peer);
    return;
  }
  if (event.kind == Kind::stored_cursor) {
    cursors_[event.user] = event.mid;
    return;
  }
  if (event.user < 0 || (event.peer < 0 && event.peer != kEverybody)) {
    verdict.add("K11", event.at,
                fmt::format("mid {} is of nobody, or for nobody: {}", event.mid, to_line(event)));
  }
  const Send* send = calls.meet(event, "stored", verdict);
  if (!send) return;
  if (send->to != event.peer) {
    verdict.add("K11", event.at,
                fmt::format("call {} stands in the mailbox of {}, not {}", event.call, event.peer, send->to));
  }
  const auto [row, is_new] = rows_.try_emplace(event.call, event.mid);
  if (!is_new) {
    verdict.add("K11", event.at,
                fmt::format("call {} is stored twice, as mid {} and {}", event.call, row->second, event.mid));
  }
}

void StoreRules::finish(const Calls& calls, const BlockSpans& blocks, const Readers& readers,
                        Verdict& verdict) const {
  if (!looked_at_) return;
  check_calls(calls, readers, verdict);
  check_blocks(blocks, verdict);
  for (const auto& [user, confirmed] : cursors_) {
    if (confirmed <= readers.acknowledged(user)) continue;
    verdict.add("K11", at_,
                fmt::format("the cursor of u{} is at mid {}, and u{} acknowledged {}", user, confirmed, user,
                            readers.acknowledged(user)));
  }
}

void StoreRules::check_calls(const Calls& calls, const Readers& readers, Verdict& verdict) const {
  for (const auto& [call, send] : calls.all()) {
    const bool is_stored = rows_.contains(call);
    const bool was_seen = readers.delivered_calls().contains(call);
    if (!is_stored && (send.outcome == Outcome::ok || was_seen)) {
      verdict.add("K11", at_,
                  fmt::format("call {} (mid {}) was {}, and is not stored", call, send.mid,
                              send.outcome == Outcome::ok ? "accepted" : "delivered"));
    }
    if (is_stored && send.outcome == Outcome::fail) {
      verdict.add("K11", at_, fmt::format("call {} was refused, and is stored", call));
    }
  }
}

void StoreRules::check_blocks(const BlockSpans& blocks, Verdict& verdict) const {
  for (const auto& [owner, target] : blocks.blocked_at_end()) {
    if (!blocks_.contains({owner, target})) {
      verdict.add("K11", at_, fmt::format("the block of u{} for u{} is not stored", owner, target));
    }
  }
  for (const auto& [owner, target] : blocks_) {
    if (blocks.surely_open(owner, target, at_, at_)) {
      verdict.add("K11", at_,
                  fmt::format("a block of u{} for u{} is stored, and was taken back", owner, target));
    }
  }
}

}  // namespace sockchat::checker
