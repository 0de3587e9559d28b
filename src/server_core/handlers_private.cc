#include "server_core/handlers.h"
#include "server_core/private_desk.h"
#include "server_core/replies.h"

namespace sockchat::server_core {
namespace {

void refuse(Context& context, const PrivateDesk::Refused& refused) {
  ErrorDetail detail;
  if (refused.retry_after) detail.retry_after = seconds_up(*refused.retry_after);
  answer_error(context, refused.code, detail);
}

}  // namespace

void handle(Context& context, const wire::Listen& listen) {
  context.core.privates.listen(context.user(), listen.port, listen.key);
  answer_ok(context, {});
}

void handle(Context& context, const wire::StartPrivate& start) {
  Core& core = context.core;
  const UserId user = context.user();
  const bool is_new = !core.privates.invites(user, start.user);
  const auto chat = core.privates.start(context.line, user, start.user);
  if (!chat) return refuse(context, chat.error());
  core.scratch.clear();
  wire::FrameWriter writer(core.scratch);
  begin_ok(writer, context.spec.name, context.request.id);
  writer.begin_list("data").item(start.user).end_list().text("session", chat->session);
  writer.number("expires", seconds_up(chat->expires - core.now().mono)).finish();
  core.lines.answer(context.line, core.scratch);
  if (is_new) core.privates.announce(*chat);
}

void handle(Context& context, const wire::Answer& answer) {
  PrivateDesk& privates = context.core.privates;
  const auto chat = privates.answer(context.line, context.user(), answer.user, answer.accepts);
  if (!chat) return refuse(context, chat.error());
  answer_ok(context, {answer.user});
  if (answer.accepts) return privates.announce(*chat);
  privates.refuse(*chat);
}

void handle(Context& context, const wire::Relay& relay) {
  const auto passed = context.core.privates.relay(context.user(), relay.user, relay.base64);
  if (!passed) refuse(context, passed.error());
}

void handle(Context& context, const wire::StopPrivate& stop) {
  const auto stopped = context.core.privates.stop(context.user(), stop.user);
  if (!stopped) return refuse(context, stopped.error());
  answer_ok(context, {stop.user});
}

// That it was a valid command is all.
void handle(Context&, const wire::Active&) {}

}  // namespace sockchat::server_core
