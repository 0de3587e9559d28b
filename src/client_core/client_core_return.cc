// A connection that is lost, and how the client comes back: try after try, with the token of its login, or
// with a password where the token has died and somebody knows one.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sockchat/client_core/client_core.h"
#include "sockchat/client_core/plain_view.h"
#include "sockchat/client_core/sanitize.h"

namespace sockchat::client_core {

bool ClientCore::can_return() const { return token_ || config_.on_terminal || config_.password_again; }

void ClientCore::on_lost(TimePoint now) {
  now_ = now;
  if (stage_ == Stage::finished || stage_ == Stage::away) return;
  if (stage_ == Stage::leaving) return finish(ExitCode::done);
  if (returning_) return try_later(now);
  const bool logged_in = stage_ == Stage::arriving || stage_ == Stage::online;
  if (!logged_in || !can_return()) return give_up();

  returning_ = true;
  if (!config_.on_terminal) give_up_at_ = now + kReturnPatience;
  probing_ = false;
  pong_due_ = false;
  waiting_ = 0;
  waiting_until_ = kNever;
  resends_ = 0;
  resend_at_ = kNever;
  voice_.reconnecting();
  chats_.on_server_lost();
  hold_asked();
  try_later(now);
}

// What was under way when the connection broke is asked again, unless it must not be done twice.
void ClientCore::hold_asked() {
  if (is_secret(asking_)) {
    password_.reset();
    new_password_.reset();
    voice_.say("Error. The connection was lost; your password is as before");
    ask(Asking::command);
  }
  if (!asked_) return;
  const AskedRequest asked = *std::exchange(asked_, std::nullopt);
  // The question has ended with the connection.
  if (asked.command == "answer") return;
  if (asked.origin == Origin::typed) {
    held_ = HeldLine{asked.line, true};
  } else if (asked.origin != Origin::outbox) {
    // `passwd`, and what the user has written himself.
    voice_.say(
        fmt::format("Error. The connection was lost before the server answered {}; it may have been done",
                    sanitize(asked.command)));
  }
}

void ClientCore::try_later(TimePoint now, const wire::ServerFrame* reply) {
  output_.disconnect();
  stage_ = Stage::away;
  asked_.reset();
  silent_at_ = kNever;
  Duration pause = backoff_.next(output_.random());
  if (reply != nullptr && reply->retry_after) {
    const auto asked_for =
        std::min<std::uint64_t>(*reply->retry_after, kReturnPatience / std::chrono::seconds(1));
    pause = std::max(pause, Duration(std::chrono::seconds(asked_for)));
  }
  retry_at_ = now + pause;
}

void ClientCore::start_try() {
  stage_ = Stage::connecting;
  output_.connect();
}

void ClientCore::on_unreachable(TimePoint now) {
  if (returning_ && stage_ == Stage::connecting) try_later(now);
}

void ClientCore::authenticate() {
  stage_ = Stage::login;
  if (password_) return send_login();
  if (token_) return send_resume(shown_.newest());
  need_password();
}

void ClientCore::need_password() {
  if (config_.on_terminal) {
    output_.disconnect();
    stage_ = Stage::away;
    silent_at_ = kNever;
    return ask(Asking::password);
  }
  if (config_.password_again) password_ = output_.read_password();
  if (!password_) return give_up();
  send_login();
}

void ClientCore::on_return_refused(const AskedRequest& asked, const wire::ServerFrame& reply, TimePoint now) {
  const auto is = [&](Errc code) { return reply.code == name_of(code); };
  if (asked.command == "resume") {
    if (is(Errc::bad_token)) {
      forget_token();
      return need_password();
    }
    // The server has gone back to a backup that does not know what we have seen.
    if (is(Errc::bad_argument) && resumed_from_ > 0) return send_resume(0);
    return try_later(now, &reply);
  }
  if (is(Errc::bad_credentials)) {
    voice_.show(sentence_of_error(name_, reply));
    password_.reset();
    return config_.on_terminal ? need_password() : finish(ExitCode::unreachable);
  }
  if (is(Errc::locked)) {
    voice_.show(sentence_of_error(name_, reply));
    return finish(ExitCode::shut_out);
  }
  // Mostly already_online: the server still takes the connection that was lost for a living one.
  try_later(now, &reply);
}

void ClientCore::give_up() {
  voice_.say("Error. Connection to the server lost");
  finish(ExitCode::unreachable);
}

}  // namespace sockchat::client_core
