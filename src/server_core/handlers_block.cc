#include "server_core/handlers.h"
#include "server_core/replies.h"
#include "sockchat/base/planted.h"

namespace sockchat::server_core {
namespace {

// Stored first, applied when that is durable; what this connection asks next must see it, so it waits.
void change(Context& context, domain::BlockRecord block, bool blocked) {
  Core& core = context.core;
  core.lines.wait(context.line, Wait::change);
  core.store.set_blocked(block, blocked,
                         [&core, reply = context.defer(), block, blocked](Result<void> stored) {
                           if (stored && blocked && !planted(Plant::late_block)) core.blocklist.add(block);
                           if (stored && !blocked) core.blocklist.remove(block);
                           if (stored) {
                             settle_ok(core, reply, {core.directory.name_of(block.target)});
                           } else {
                             settle_error(core, reply, stored.error().code);
                           }
                           if (Line* line = core.lines.find(reply.connection))
                             core.lines.go_on(*line, Wait::change);
                         });
}

// The user that the asker names; answered when there is none, or it is the asker.
const domain::Account* target_of(Context& context, std::string_view name) {
  const domain::Account* account = context.core.directory.find(name);
  if (account && account->id == context.user()) {
    answer_error(context, Errc::self);
    return nullptr;
  }
  if (!account) answer_error(context, Errc::unknown_user);
  return account;
}

}  // namespace

void handle(Context& context, const wire::Block& block) {
  const domain::Account* target = target_of(context, block.user);
  if (!target) return;
  const domain::BlockRecord record{.owner = context.user(), .target = target->id};
  const domain::Blocklist& blocklist = context.core.blocklist;
  if (blocklist.refuses(record.owner, record.target)) return answer_error(context, Errc::already_blocked);
  if (blocklist.count(record.owner) >= context.core.config.limits.block_list_max) {
    context.core.met(&Limits::block_list_max, context.line);
    return answer_error(context, Errc::rate_limited,
                        {.sentence = "Your block list is full; unblock somebody first"});
  }
  change(context, record, true);
}

void handle(Context& context, const wire::Unblock& unblock) {
  const domain::Account* target = target_of(context, unblock.user);
  if (!target) return;
  const domain::BlockRecord record{.owner = context.user(), .target = target->id};
  if (!context.core.blocklist.refuses(record.owner, record.target))
    return answer_error(context, Errc::not_blocked);
  change(context, record, false);
}

void handle(Context& context, const wire::Blocked&) {
  answer_names(context, context.core.blocklist.refused_by(context.user()));
}

}  // namespace sockchat::server_core
