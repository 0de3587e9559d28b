#include "server_core/replies.h"

#include <algorithm>
#include <vector>

#include "sockchat/base/check.h"
#include "sockchat/wire/frame.h"

namespace sockchat::server_core {

std::string_view sentence_of(Errc code) {
  switch (code) {
    case Errc::bad_frame:
      return "The frame's length is zero or over the limit";
    case Errc::bad_request:
      return "The request is not one JSON object of the known members";
    case Errc::unknown_command:
      return "There is no such command";
    case Errc::bad_argument:
      return "The command takes other arguments";
    case Errc::not_logged_in:
      return "Log in first";
    case Errc::already_logged_in:
      return "You are logged in already";
    case Errc::rate_limited:
      return "Too much of this; wait before you try again";
    case Errc::busy:
      return "The server is busy; try again in a moment";
    case Errc::storage:
      return "The server could not store this; try again later";
    case Errc::tls_required:
      return "This server takes clear text from its own machine only";
    case Errc::bad_credentials:
      return "Invalid Password. Please try again";
    case Errc::locked:
      return "Your account is blocked due to multiple login failures. Please try again later";
    case Errc::already_online:
      return "User has already logged in";
    case Errc::bad_token:
      return "This token is not good any more; log in with your password";
    case Errc::registration_closed:
      return "This server does not take registrations; ask its operator for an account";
    case Errc::name_taken:
      return "This name is taken";
    case Errc::bad_name:
      return "A name starts with a letter or digit and has letters, digits, dots, underscores or hyphens";
    case Errc::weak_password:
      return "This password is too short or too common";
    case Errc::unknown_user:
      return "Invalid user";
    case Errc::self:
      return "This cannot be done to oneself";
    case Errc::blocked:
      return "Your message could not be delivered as the recipient has blocked you";
    case Errc::bad_text:
      return "The text is empty, too long, or holds control characters";
    case Errc::mailbox_full:
      return "The recipient's mailbox is full; try again when they have read it";
    case Errc::cid_reused:
      return "This cid was used for another message";
    case Errc::already_blocked:
      return "This user is blocked already";
    case Errc::not_blocked:
      return "This user was not blocked";
    case Errc::offline:
      return "This user is not online";
    case Errc::not_listening:
      return "One of the two has not said listen, and takes no private chats";
    case Errc::already_private:
      return "There is a private chat with this user already";
    case Errc::no_request:
      return "This user does not ask for a private chat";
    case Errc::no_session:
      return "There is no private chat with this user";
    case Errc::internal:
    case Errc::system:
    case Errc::corrupt:
      return "The server made a mistake; its operator can read more in the log";
  }
  check_failed("a known Errc", __FILE__, __LINE__);
}

std::uint64_t seconds_up(Duration duration) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(duration).count();
  return seconds < 1 ? 1 : static_cast<std::uint64_t>(seconds);
}

void encode_error(std::string& out, std::string_view command, const wire::RequestId& id, Errc code,
                  const ErrorDetail& detail) {
  wire::FrameWriter writer(out);
  writer.text("status", "error").text("command", command).id(id).text("code", name_of(code));
  writer.begin_list("data").item(detail.sentence.empty() ? sentence_of(code) : detail.sentence).end_list();
  if (detail.attempts_left) writer.number("attempts_left", *detail.attempts_left);
  if (detail.retry_after) {
    writer.number("retry_after", *detail.retry_after);
  } else if (code == Errc::busy) {
    writer.number("retry_after", 1);
  }
  writer.finish();
}

void begin_ok(wire::FrameWriter& writer, std::string_view command, const wire::RequestId& id) {
  writer.text("status", "ok").text("command", command).id(id);
}

void encode_ok(std::string& out, std::string_view command, const wire::RequestId& id,
               std::initializer_list<std::string_view> data) {
  wire::FrameWriter writer(out);
  begin_ok(writer, command, id);
  writer.list("data", data);
  writer.finish();
}

void answer_error(Context& context, Errc code, const ErrorDetail& detail) {
  std::string& frame = context.core.scratch;
  frame.clear();
  encode_error(frame, context.spec.name, context.request.id, code, detail);
  context.core.lines.answer(context.line, frame);
}

void answer_ok(Context& context, std::initializer_list<std::string_view> data) {
  std::string& frame = context.core.scratch;
  frame.clear();
  encode_ok(frame, context.spec.name, context.request.id, data);
  context.core.lines.answer(context.line, frame);
}

void answer_names(Context& context, std::span<const UserId> users) {
  Core& core = context.core;
  std::vector<std::string_view> names;
  names.reserve(users.size());
  for (const UserId user : users) names.push_back(core.directory.name_of(user));
  std::ranges::sort(names);

  // A list must also fit into a queue that holds something already, or asking would be a way to be closed.
  const std::size_t bytes_max = std::min(wire::kServerFrameMax, core.config.limits.send_queue_hard / 2);
  core.scratch.clear();
  wire::FrameWriter writer(core.scratch);
  begin_ok(writer, context.spec.name, context.request.id);
  writer.begin_list("data");
  std::size_t written = 0;
  // A name of 64 bytes may need six for each when it is escaped.
  for (; written < names.size() && writer.size() + 512 < bytes_max; ++written) writer.item(names[written]);
  writer.end_list();
  if (written < names.size()) writer.flag("more", true);
  writer.finish();
  core.lines.answer(context.line, core.scratch);
}

void settle(Core& core, const PendingReply& reply, std::string_view frame) {
  if (Line* line = core.lines.find(reply.connection)) core.lines.settle(*line, reply.ticket, frame);
}

void settle_error(Core& core, const PendingReply& reply, Errc code, const ErrorDetail& detail) {
  core.scratch.clear();
  encode_error(core.scratch, reply.command, reply.id, code, detail);
  settle(core, reply, core.scratch);
}

void settle_ok(Core& core, const PendingReply& reply, std::initializer_list<std::string_view> data) {
  core.scratch.clear();
  encode_ok(core.scratch, reply.command, reply.id, data);
  settle(core, reply, core.scratch);
}

}  // namespace sockchat::server_core
