// The two dialogs about passwords, login and `passwd`, and what a login brings: the account's memory and a
// token.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sockchat/client_core/client_core.h"
#include "sockchat/client_core/plain_view.h"

namespace sockchat::client_core {
namespace {

// A longer one would not fit into a request before the login.
constexpr std::size_t kTokenBytesMax = 512;

}  // namespace

void ClientCore::begin_login() {
  stage_ = Stage::login;
  if (config_.user) name_ = *std::exchange(config_.user, std::nullopt);
  if (config_.password) password_ = std::exchange(config_.password, std::nullopt);
  if (name_.empty()) return ask(Asking::name);
  if (!password_) return ask(Asking::password);
  log_in();
}

void ClientCore::take_name(std::string_view line) {
  if (line.empty()) return ask(Asking::name);
  name_ = line;
  ask(Asking::password);
}

void ClientCore::take_password(std::string_view line) {
  password_.emplace(line);
  if (!returning_) return log_in();
  // The server would not have kept a connection until now.
  ask(Asking::nothing);
  start_try();
}

// What is remembered of the account is there before the server is asked: its answer may come with messages.
void ClientCore::log_in() {
  if (memory_ == nullptr || opened_ == name_) return send_login();
  opened_ = name_;
  opening_ = true;
  memory_->open(name_, [this](Opened opened) { on_opened(std::move(opened)); });
}

void ClientCore::on_opened(Opened opened) {
  opening_ = false;
  if (stage_ == Stage::finished) return;
  if (!opened.warning.empty()) output_.complain(opened.warning);
  remembers_ = opened.remembered.has_value();
  Remembered remembered = std::move(opened.remembered).value_or(Remembered());
  outbox_.restore(std::move(remembered.outbox));
  shown_.restore(std::move(remembered.shown));
  chats_.restore(std::move(remembered.people));
  token_ = std::move(remembered.token);
  send_login();
}

void ClientCore::send_login() {
  if (raw_login_) {
    send_raw(std::exchange(raw_login_, std::nullopt)->reveal());
  } else if (!request("login", std::array{std::string_view(name_), password_->reveal()})) {
    return on_login_impossible();
  }
  // Whoever sees the user come can ask him for a private chat.
  announced_ = true;
  chats_.announce(name_);
}

// Nothing is sent behind it: the next request spends the token, and the new one is not recorded yet.
void ClientCore::send_resume(std::uint64_t from) {
  announced_ = false;
  resumed_from_ = from;
  const fmt::format_int last(from);
  request("resume", std::array{token_->reveal(), std::string_view(last.data(), last.size())});
}

void ClientCore::on_login_answer(const AskedRequest& asked, const wire::ServerFrame& reply, TimePoint now) {
  if (reply.kind == wire::ServerFrameKind::ok) return on_admitted(asked, reply, now);
  if (returning_) return on_return_refused(asked, reply, now);
  on_login_refused(asked, reply, now);
}

void ClientCore::on_admitted(const AskedRequest& asked, const wire::ServerFrame& reply, TimePoint now) {
  password_.reset();
  login_retries_ = 0;
  const bool first = !std::exchange(was_online_, true);
  stage_ = Stage::arriving;
  returning_ = false;
  backoff_ = Backoff();
  // Whoever has no more to say still waits for what he said to be sent.
  give_up_at_ = kNever;
  silent_at_ = now + kSilenceMax;
  shown_.begin(asked.command == "resume" && asked.origin == Origin::client ? resumed_from_ : 0);
  waiting_ = reply.waiting.value_or(0);
  if (waiting_ > 0) waiting_until_ = now + kWaitingPatience;
  if (first) {
    voice_.show(lines_of_welcome(reply));
  } else {
    voice_.reconnected(reply.resumed);
  }
  if (!input_ended_ && asking_ != Asking::command) ask(Asking::command);
  if (first && !outbox_.empty()) {
    const std::size_t left = outbox_.size();
    voice_.note(left == 1 ? "1 message from before is sent now"
                          : fmt::format("{} messages from before are sent now", left));
  }
  token_.reset();
  if (reply.token && reply.token->size() <= kTokenBytesMax) token_.emplace(*reply.token);
  if (!token_ || !remembers_) return arrive();
  ++tokens_unkept_;
  memory_->keep_token(Secret(token_->reveal()), [this](Result<void> kept) {
    if (!kept) drop_memory(kept.error());
    // Not for the token of a connection that was lost meanwhile.
    if (--tokens_unkept_ == 0) arrive();
  });
}

void ClientCore::arrive() {
  if (stage_ != Stage::arriving) return;
  stage_ = Stage::online;
  if (!std::exchange(announced_, false)) chats_.announce(name_);
  if (std::exchange(pong_due_, false)) send_aside("pong");
  confirm();
  send_next();
}

void ClientCore::forget_token() {
  if (!std::exchange(token_, std::nullopt) || !remembers_) return;
  memory_->keep_token(std::nullopt, [this](Result<void> kept) {
    if (!kept) drop_memory(kept.error());
  });
}

void ClientCore::on_login_refused(const AskedRequest& asked, const wire::ServerFrame& reply, TimePoint now) {
  // Tried instead of a password that the server would not look at.
  if (!locked_.empty()) {
    if (reply.code == name_of(Errc::bad_token)) forget_token();
    voice_.show(locked_);
    return finish(ExitCode::shut_out);
  }
  if (retry_login(reply, now)) return;
  const bool dialog = password_.has_value() && asked.origin == Origin::client;  // not written as JSON
  const bool locked = reply.code == name_of(Errc::locked);
  // Others have shut the name. Somebody who was wrong himself gets no other door.
  if (locked && dialog && token_ && !was_wrong_ && !reply.attempts_left) {
    locked_ = sentence_of_error(name_, reply);
    return send_resume(shown_.newest());
  }
  voice_.show(sentence_of_error(name_, reply));
  if (locked) return finish(ExitCode::shut_out);
  const bool wrong_password = reply.code == name_of(Errc::bad_credentials);
  was_wrong_ = was_wrong_ || wrong_password;
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
  const std::uint64_t longest = std::chrono::duration_cast<std::chrono::seconds>(kRetryMax).count();
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
    return voice_.say("Error. The new passwords differ; your password is as before");
  request("passwd", std::array{old_password.reveal(), new_password.reveal()});
}

}  // namespace sockchat::client_core
