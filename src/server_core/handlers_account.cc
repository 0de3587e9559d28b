#include <array>
#include <string_view>

#include "server_core/handlers.h"
#include "server_core/replies.h"
#include "server_core/strikes.h"

namespace sockchat::server_core {
namespace {

// What a client may ask for in its hello.
constexpr std::string_view kAckFeature = "ack";
constexpr std::string_view kPresenceFeature = "presence";
constexpr std::string_view kResumeFeature = "resume";

bool* wish_of(Line& line, std::string_view feature) {
  if (feature == kAckFeature) return &line.wants_acks;
  if (feature == kPresenceFeature) return &line.wants_presence;
  if (feature == kResumeFeature) return &line.wants_token;
  return nullptr;
}

// Nothing that can be a password is that long; refused before anybody hashes it.
bool is_too_long(Context& context, std::string_view password) {
  if (password.size() <= context.core.config.limits.password_max) return false;
  context.core.met(&Limits::password_max, context.line);
  return true;
}

bool is_strong(Context& context, std::string_view password, std::string_view name) {
  const std::size_t bytes_min = context.core.config.limits.password_min_new;
  if (password.size() < bytes_min) context.core.met(&Limits::password_min_new, context.line);
  return domain::check_new_password(password, name, bytes_min).has_value();
}

void submit(Context& context, Attempt attempt) {
  const auto refusal = context.core.desk.submit(std::move(attempt));
  if (refusal) answer_error(context, refusal->code, {.retry_after = refusal->retry_after});
}

Attempt attempt_of(const Context& context, Purpose purpose, std::string_view user,
                   std::string_view password) {
  return {.purpose = purpose,
          .connection = context.line.id,
          .address = {},
          .command = context.spec.name,
          .id = context.request.id,
          .user = std::string(user),
          .key = {},
          .password = Secret(password),
          .new_password = {}};
}

}  // namespace

void handle(Context& context, const wire::Hello& hello) {
  Line& line = context.line;
  if (line.asked) return strike(context.core, line, context.spec.name, context.request.id);
  line.wants_presence = false;
  const Limits& limits = context.core.config.limits;
  std::string& frame = context.core.scratch;
  frame.clear();
  wire::FrameWriter writer(frame);
  begin_ok(writer, context.spec.name, context.request.id);
  writer.begin_list("data").item("sockchat").item("1");
  for (const std::string_view feature : hello.features) {
    bool* const wanted = wish_of(line, feature);
    if (!wanted || *wanted) continue;
    *wanted = true;
    writer.item(feature);
  }
  writer.end_list();
  writer.begin_object("limits")
      .number("frame_max", limits.frame_max)
      .number("text_max", limits.text_max)
      .number("name_max", limits.name_max)
      .number("message_rate", static_cast<std::uint64_t>(limits.message_rate))
      .number("message_burst", static_cast<std::uint64_t>(limits.message_burst))
      .end_object();
  writer.finish();
  context.core.lines.answer(line, frame);
}

void handle(Context& context, const wire::Login& login) {
  if (is_too_long(context, login.password)) return answer_error(context, Errc::bad_argument);
  submit(context, attempt_of(context, Purpose::login, login.user, login.password));
}

void handle(Context& context, const wire::Register& registration) {
  const Core& core = context.core;
  if (!core.config.registration_open) return answer_error(context, Errc::registration_closed);
  if (is_too_long(context, registration.password)) return answer_error(context, Errc::bad_argument);
  const auto name = domain::UserName::parse_new(registration.user, core.config.limits.name_max);
  if (!name) {
    if (registration.user.size() > core.config.limits.name_max)
      context.core.met(&Limits::name_max, context.line);
    return answer_error(context, Errc::bad_name);
  }
  if (core.directory.is_taken(*name)) return answer_error(context, Errc::name_taken);
  if (!is_strong(context, registration.password, registration.user))
    return answer_error(context, Errc::weak_password);
  submit(context, attempt_of(context, Purpose::registration, registration.user, registration.password));
}

void handle(Context& context, const wire::Resume& resume) {
  Core& core = context.core;
  const domain::TokenDigest presented = core.token_source.token_digest(resume.token);
  const auto owner = core.entrance.owner_of(presented);
  if (!owner) {
    core.journal.note(
        {.notice = Notice::login_refused, .connection = context.line.id, .code = owner.error().code});
    return answer_error(context, owner.error().code);
  }
  // Behind the token, or strangers could find out how much is said here.
  if (resume.last > core.router.newest()) return answer_error(context, Errc::bad_argument);
  core.lines.wait(context.line, Wait::login);
  core.entrance.enter({.connection = context.line.id,
                       .user = *owner,
                       .command = context.spec.name,
                       .id = context.request.id,
                       .resumption = Resumption{.presented = presented, .last = resume.last},
                       .answer = [&core, reply = context.defer()](Result<std::string_view> ok) {
                         if (!ok) settle_error(core, reply, ok.error().code);
                         if (ok) settle(core, reply, *ok);
                         Line* line = core.lines.find(reply.connection);
                         if (!line) return;
                         if (ok) core.router.begin_feed(*line);
                         core.lines.go_on(*line, Wait::login);
                       }});
}

void handle(Context& context, const wire::Passwd& passwd) {
  const Core& core = context.core;
  if (is_too_long(context, passwd.old_password) || is_too_long(context, passwd.new_password))
    return answer_error(context, Errc::bad_argument);
  const std::string_view name = core.directory.name_of(context.user());
  if (!is_strong(context, passwd.new_password, name)) return answer_error(context, Errc::weak_password);
  Attempt attempt = attempt_of(context, Purpose::password_change, name, passwd.old_password);
  attempt.new_password = Secret(passwd.new_password);
  submit(context, std::move(attempt));
}

void handle(Context& context, const wire::Logout&) {
  Core& core = context.core;
  const UserId user = context.user();
  if (const LoginId family = context.session().family) {
    // Before the session goes: who waits for that with a token of the family must find it dead. Said when it
    // is true for good.
    core.entrance.end_family(user, family, [&core, reply = context.defer()](Result<void> stored) {
      if (stored) return settle_ok(core, reply, {});
      settle_error(core, reply, stored.error().code);
    });
    core.router.close(context.line, "logout");
  } else {
    core.router.close(context.line, "logout");
    answer_ok(context, {});
  }
  core.lines.end(context.line, CloseReason::logout);
}

}  // namespace sockchat::server_core
