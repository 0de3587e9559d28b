// The two dialogs about passwords: login, and `passwd`.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sockchat/client_core/client_core.h"
#include "sockchat/client_core/plain_view.h"

namespace sockchat::client_core {

void ClientCore::begin_login() {
  stage_ = Stage::login;
  if (config_.user) name_ = *std::exchange(config_.user, std::nullopt);
  if (config_.password) password_ = std::exchange(config_.password, std::nullopt);
  if (name_.empty()) return ask(Asking::name);
  if (!password_) return ask(Asking::password);
  send_login();
}

void ClientCore::take_name(std::string_view line) {
  if (line.empty()) return ask(Asking::name);
  name_ = line;
  ask(Asking::password);
}

void ClientCore::take_password(std::string_view line) {
  password_.emplace(line);
  send_login();
}

void ClientCore::send_login() {
  if (request("login", std::array{std::string_view(name_), password_->reveal()})) return;
  on_login_impossible();
}

void ClientCore::on_login_answer(const wire::ServerFrame& reply, TimePoint now) {
  if (reply.kind != wire::ServerFrameKind::ok) return on_login_refused(reply, now);
  password_.reset();
  stage_ = Stage::online;
  waiting_ = reply.waiting.value_or(0);
  if (waiting_ > 0) waiting_until_ = now + kWaitingPatience;
  show(lines_of_welcome(reply));
  ask(Asking::command);
}

void ClientCore::on_login_refused(const wire::ServerFrame& reply, TimePoint now) {
  if (retry_login(reply, now)) return;
  show(std::array{sentence_of_error(name_, reply)});
  if (reply.code == name_of(Errc::locked)) return finish(ExitCode::shut_out);
  const bool dialog = password_.has_value();  // and not a login that the user wrote as JSON
  const bool wrong_password = reply.code == name_of(Errc::bad_credentials);
  if (!dialog || !wrong_password || config_.password_once) return on_login_impossible();
  password_.reset();
  ask(Asking::password);
}

// Not with this name: another one, if somebody is there to give it.
void ClientCore::on_login_impossible() {
  password_.reset();
  name_.clear();
  if (config_.password_once) return finish(ExitCode::unreachable);
  ask(Asking::name);
}

bool ClientCore::retry_login(const wire::ServerFrame& reply, TimePoint now) {
  const bool overloaded = reply.code == name_of(Errc::busy) || reply.code == name_of(Errc::rate_limited);
  // Without a password it was the user who wrote the login as JSON, and his to repeat.
  if (!overloaded || !password_ || ++login_retries_ > kLoginRetriesMax) return false;
  const std::uint64_t longest = std::chrono::duration_cast<std::chrono::seconds>(kLoginRetryMax).count();
  const std::uint64_t seconds = std::clamp<std::uint64_t>(reply.retry_after.value_or(1), 1, longest);
  output_.complain(fmt::format("The server is busy; trying again in {} s", seconds));
  retry_at_ = now + std::chrono::seconds(seconds);
  ask(Asking::nothing);
  return true;
}

void ClientCore::take_passwd_line(std::string_view line) {
  if (asking_ == Asking::old_password) {
    password_.emplace(line);
    return ask(Asking::new_password);
  }
  if (asking_ == Asking::new_password) {
    new_password_.emplace(line);
    return ask(Asking::new_password_again);
  }
  const Secret old_password = *std::exchange(password_, std::nullopt);
  const Secret new_password = *std::exchange(new_password_, std::nullopt);
  ask(Asking::command);
  if (line != new_password.reveal())
    return say("Error. The new passwords differ; your password is as before");
  request("passwd", std::array{old_password.reveal(), new_password.reveal()});
}

}  // namespace sockchat::client_core
