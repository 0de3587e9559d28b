#include <algorithm>
#include <string>
#include <utility>

#include "server_core/handlers.h"
#include "server_core/replies.h"
#include "sockchat/base/planted.h"
#include "sockchat/domain/delivery.h"

namespace sockchat::server_core {
namespace {

bool is_text(Context& context, std::string_view text) {
  const std::size_t text_max = context.core.config.limits.text_max;
  if (text.size() > text_max) context.core.met(&Limits::text_max, context.line);
  return domain::check_text(text, text_max).has_value();
}

std::string mid_text(MessageId mid) { return std::to_string(mid.value()); }

void settle_accepted(Core& core, const PendingReply& reply, MessageId mid, UserId to) {
  core.scratch.clear();
  wire::FrameWriter writer(core.scratch);
  begin_ok(writer, reply.command, reply.id);
  writer.begin_list("data").item(mid_text(mid)).end_list();
  if (to) {
    const domain::Account* account = core.directory.find(to);
    const bool delivered = core.sessions.find_user(to) || (account && mid <= account->confirmed);
    writer.text("delivery", delivered ? "delivered" : "stored");
  } else {
    writer.flag("skipped", false);
  }
  writer.finish();
  settle(core, reply, core.scratch);
}

void settle_broadcast(Core& core, const PendingReply& reply, MessageId mid, bool skipped) {
  core.scratch.clear();
  wire::FrameWriter writer(core.scratch);
  begin_ok(writer, reply.command, reply.id);
  writer.begin_list("data").item(mid_text(mid)).end_list().flag("skipped", skipped);
  writer.finish();
  settle(core, reply, core.scratch);
}

void on_message_stored(Core& core, const PendingReply& reply, domain::Message message,
                       const Result<domain::Accepted>& stored) {
  core.mailboxes.unreserve(message.to, message.text.size());
  if (!stored) return settle_error(core, reply, stored.error().code);
  message.id = stored->id;
  if (!stored->repeated) {
    core.mailboxes.add({.user = message.to,
                        .message = message.id,
                        .bytes = static_cast<std::uint32_t>(message.text.size()),
                        .time = message.time});
    core.router.deliver(message);
  }
  settle_accepted(core, reply, message.id, message.to);
}

// A refused message may be the repeat of an accepted one; then the first answer holds, whatever has changed
// since.
void refuse_unless_repeat(Context& context, Errc code, domain::NewMessage message) {
  if (message.cid.empty()) return answer_error(context, code);
  const UserId to = message.to;
  context.core.store.find_accepted(std::move(message), [&core = context.core, reply = context.defer(), code,
                                                        to](Result<std::optional<domain::Accepted>> found) {
    if (!found) return settle_error(core, reply, found.error().code);
    if (!*found) return settle_error(core, reply, code);
    settle_accepted(core, reply, (*found)->id, to);
  });
}

void count_full(Context& context, UserId recipient) {
  const bool has_place = context.core.mailboxes.has_place(recipient);
  context.core.met(has_place ? &Limits::mailbox_bytes : &Limits::mailbox_messages, context.line);
}

// The account that a name stands for, removed or not: a repeat may be of a message to somebody who is gone.
UserId recipient_of_repeat(const Core& core, std::string_view name) {
  const domain::Account* account = core.directory.find_ever(name);
  return account ? account->id : UserId();
}

}  // namespace

void handle(Context& context, const wire::Message& message) {
  Core& core = context.core;
  if (!is_text(context, message.text)) return answer_error(context, Errc::bad_text);
  const UserId from = context.user();
  domain::NewMessage draft{.from = from,
                           .to = {},
                           .text = std::string(message.text),
                           .cid = std::string(context.request.cid.value_or("")),
                           .time = core.now().wall};
  if (planted(Plant::cut_text)) draft.text.resize(std::min<std::size_t>(draft.text.size(), 512));
  const auto decide = [&] {
    return domain::decide_message(core.directory, core.blocklist, core.mailboxes, from, message.user,
                                  message.text.size());
  };
  auto to = decide();
  if (!to && to.error().code == Errc::mailbox_full) {
    // Perhaps of messages that have waited too long, of an owner who does not come.
    core.mailboxes.expire(core.directory.find(message.user)->id, core.offered_since());
    to = decide();
    if (!to) count_full(context, core.directory.find(message.user)->id);
  }
  if (!to) {
    draft.to = recipient_of_repeat(core, message.user);
    // Nobody of this name ever, or oneself: nothing can have been accepted.
    if (!draft.to || draft.to == from) return answer_error(context, to.error().code);
    return refuse_unless_repeat(context, to.error().code, std::move(draft));
  }
  draft.to = *to;
  core.mailboxes.reserve(*to, draft.text.size());
  domain::Message accepted{.id = {}, .from = from, .to = *to, .text = draft.text, .time = draft.time};
  core.router.send_confirmations();
  core.store.append(std::move(draft), [&core, reply = context.defer(), accepted = std::move(accepted)](
                                          Result<domain::Accepted> stored) mutable {
    on_message_stored(core, reply, std::move(accepted), stored);
  });
}

void handle(Context& context, const wire::Broadcast& broadcast) {
  Core& core = context.core;
  if (!is_text(context, broadcast.text)) return answer_error(context, Errc::bad_text);
  domain::NewMessage draft{.from = context.user(),
                           .to = {},
                           .text = std::string(broadcast.text),
                           .cid = std::string(context.request.cid.value_or("")),
                           .time = core.now().wall};
  domain::Message accepted{.id = {}, .from = draft.from, .to = {}, .text = draft.text, .time = draft.time};
  core.router.send_confirmations();
  core.store.append(std::move(draft), [&core, reply = context.defer(), accepted = std::move(accepted)](
                                          Result<domain::Accepted> stored) mutable {
    if (!stored) return settle_error(core, reply, stored.error().code);
    accepted.id = stored->id;
    // Who is online is decided now, at the moment of acceptance, and so is who refuses the sender.
    if (!stored->repeated) core.router.broadcast(accepted);
    settle_broadcast(core, reply, accepted.id, core.blocklist.is_refused_by_anyone(accepted.from));
  });
}

void handle(Context& context, const wire::Ack& ack) {
  Core& core = context.core;
  const bool silent = std::holds_alternative<std::monostate>(context.request.id);
  domain::Session& session = context.session();
  if (ack.up_to > session.feed.position()) return answer_error(context, Errc::bad_argument);
  if (silent) return core.router.acknowledge(session, ack.up_to, {});
  core.router.acknowledge(session, ack.up_to, [&core, reply = context.defer()](Result<void> stored) {
    if (!stored) return settle_error(core, reply, stored.error().code);
    settle_ok(core, reply, {});
  });
}

}  // namespace sockchat::server_core
