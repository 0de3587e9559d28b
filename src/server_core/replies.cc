#include "server_core/replies.h"

#include <algorithm>
#include <array>
#include <vector>

#include "sockchat/wire/frame.h"

namespace sockchat::server_core {
namespace {

struct Sentence {
  Errc code;
  std::string_view text;
};

constexpr auto kSentences = std::to_array<Sentence>({
    {Errc::bad_frame, "The frame's length is zero or over the limit"},
    {Errc::bad_request, "The request is not one JSON object of the known members"},
    {Errc::unknown_command, "There is no such command"},
    {Errc::bad_argument, "The command takes other arguments"},
    {Errc::not_logged_in, "Log in first"},
    {Errc::already_logged_in, "You are logged in already"},
    {Errc::rate_limited, "Too much of this; wait before you try again"},
    {Errc::busy, "The server is busy; try again in a moment"},
    {Errc::storage, "The server could not store this; try again later"},
    {Errc::tls_required, "This server takes clear text from its own machine only"},
    {Errc::bad_credentials, "Invalid Password. Please try again"},
    {Errc::locked, "Your account is blocked due to multiple login failures. Please try again later"},
    {Errc::already_online, "User has already logged in"},
    {Errc::bad_token, "This token is not good any more; log in with your password"},
    {Errc::registration_closed, "This server does not take registrations; ask its operator for an account"},
    {Errc::name_taken, "This name is taken"},
    {Errc::bad_name,
     "A name starts with a letter or digit and has letters, digits, dots, underscores or hyphens"},
    {Errc::weak_password, "This password is too short or too common"},
    {Errc::unknown_user, "Invalid user"},
    {Errc::self, "This cannot be done to oneself"},
    {Errc::blocked, "Your message could not be delivered as the recipient has blocked you"},
    {Errc::bad_text, "The text is empty, too long, or holds control characters"},
    {Errc::mailbox_full, "The recipient's mailbox is full; try again when they have read it"},
    {Errc::cid_reused, "This cid was used for another message"},
    {Errc::already_blocked, "This user is blocked already"},
    {Errc::not_blocked, "This user was not blocked"},
    {Errc::offline, "This user is not online"},
    {Errc::not_listening, "One of the two has not said listen, and takes no private chats"},
    {Errc::already_private, "There is a private chat with this user already"},
    {Errc::no_request, "This user does not ask for a private chat"},
    {Errc::no_session, "There is no private chat with this user"},
});
// All that stand before `system` are for the wire, and `internal` has kMistake.
static_assert(kSentences.size() == static_cast<std::size_t>(Errc::system) - 1);
// For `internal`, and for what is never on the wire.
constexpr std::string_view kMistake = "The server made a mistake; its operator can read more in the log";

}  // namespace

std::string_view sentence_of(Errc code) {
  const auto* const row = std::ranges::find(kSentences, code, &Sentence::code);
  return row == kSentences.end() ? kMistake : row->text;
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
