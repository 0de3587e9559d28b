#include "sockchat/client_core/client_core.h"

#include <fmt/format.h>
#include <string.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "sockchat/base/byte_buffer.h"
#include "sockchat/base/check.h"
#include "sockchat/base/limits.h"
#include "sockchat/client_core/plain_view.h"
#include "sockchat/client_core/sanitize.h"
#include "sockchat/client_core/user_commands.h"
#include "sockchat/wire/frame.h"
#include "utf8.h"

namespace sockchat::client_core {
namespace {

// The server answers none of these when they are right.
bool is_answered(const wire::Request& request) {
  const std::string_view command = request.command;
  if (command == "ack") return !std::holds_alternative<std::monostate>(request.id);
  return command != "pong" && command != "active" && command != "relay";
}

bool is_login(std::string_view command) {
  return command == "login" || command == "register" || command == "resume";
}

// Messages are for the outbox first.
bool is_for_server(CommandKind kind) {
  return kind == CommandKind::request || kind == CommandKind::history || kind == CommandKind::passwd;
}

std::vector<std::string> lines_of_answer(const AskedRequest& asked, const wire::ServerFrame& reply,
                                         LocalTime local) {
  const std::string_view argument = asked.arguments.empty() ? std::string_view() : asked.arguments[0];
  if (reply.kind == wire::ServerFrameKind::ok) {
    if (asked.command == "history") return lines_of_history(asked.arguments, reply, local);
    if (asked.command == "search") return lines_of_search(reply, local);
    if (asked.command == "sessions") return lines_of_sessions(reply, local);
  } else if (asked.again) {
    // The first time it was done, and only the answer was lost.
    if (reply.code == name_of(Errc::already_blocked))
      return {fmt::format("{} is blocked", sanitize(argument))};
    if (reply.code == name_of(Errc::not_blocked)) return {fmt::format("{} is unblocked", sanitize(argument))};
  }
  return lines_of_reply(argument, reply);
}

std::vector<std::string> lines_of_help(std::string_view topic) {
  if (topic.empty()) return describe_user_commands();
  const UserCommand* command = find_user_command(topic);
  if (command == nullptr) return {"Error. Invalid command"};
  return {usage_of(*command), std::string(command->summary)};
}

}  // namespace

ClientCore::ClientCore(ClientConfig config, ClientOutput& output, ClientMemory* memory)
    : config_(std::move(config)), output_(output), memory_(memory), voice_(config_, output) {}

// --- the server

void ClientCore::on_connected(TimePoint now) {
  if (stage_ != Stage::connecting) return;
  now_ = now;
  stage_ = Stage::greeting;
  silent_at_ = now + (returning_ ? kTryPatience : kSilenceMax);
  if (!returning_) voice_.connected();
  request("hello", std::array<std::string_view, 3>{"ack", "presence", "resume"});
}

void ClientCore::on_frame(std::span<char> json, TimePoint now) {
  if (stage_ == Stage::finished || stage_ == Stage::away) return;
  now_ = now;
  if (!returning_) silent_at_ = now + kSilenceMax;
  probing_ = false;
  const auto frame = reader_.read(json);
  if (!frame) return on_bad_frame(now);
  voice_.frame(json);
  dispatch(*frame, now);
  send_next();
}

void ClientCore::dispatch(const wire::ServerFrame& frame, TimePoint now) {
  if (frame.kind == wire::ServerFrameKind::event) return on_event(frame, now);
  const bool awaited =
      asked_ && frame.id == asked_->id && (frame.command == asked_->command || frame.command.empty());
  if (!awaited) return on_stray_reply(frame, now);
  const AskedRequest asked = *std::exchange(asked_, std::nullopt);
  on_answer(asked, frame, now);
}

void ClientCore::on_distrusted(TimePoint now) {
  if (stage_ == Stage::finished) return;
  now_ = now;
  finish(ExitCode::unreachable);
}

void ClientCore::on_bad_frame(TimePoint now) {
  if (stage_ == Stage::finished || stage_ == Stage::away) return;
  // Somebody else listens there at the moment.
  if (returning_) return try_later(now);
  voice_.say("Error. What the server sends is not the protocol of this client");
  finish(ExitCode::unreachable);
}

void ClientCore::on_reading(bool reading, TimePoint now) {
  if (stage_ == Stage::away || stage_ == Stage::connecting) return;
  silent_at_ = reading ? now + kSilenceMax : kNever;
  probing_ = false;
}

void ClientCore::on_event(const wire::ServerFrame& event, TimePoint now) {
  if (event.command == "ping") {
    // Whatever is sent spends the token before.
    pong_due_ = stage_ == Stage::arriving;
    if (!pong_due_) send_aside("pong");
    return;
  }
  // What comes after the goodbye waits on the server for the next login.
  const bool leaving = stage_ == Stage::leaving;
  if (event.command == "logout") {
    if (leaving) return finish(ExitCode::done);
    return on_logged_out(event.data.empty() ? std::string_view() : event.data[0], now);
  }
  if (leaving) return;
  if (event.command == "message" || event.command == "broadcast") return on_message(event, now);
  voice_.show(lines_of_event(event));
}

void ClientCore::on_logged_out(std::string_view reason, TimePoint now) {
  if (returning_) return try_later(now);
  const bool passing = reason == "shutdown" || reason == "slow_consumer";
  const bool comes_back = passing && was_online_ && can_return();
  const LoggedOut end = logged_out(reason);
  if (!comes_back || reason == "shutdown") voice_.show(end.sentence);
  // Announced or not, a server that goes is a connection lost: scripts look for one sentence.
  if (comes_back || reason == "shutdown") return on_lost(now);
  finish(end.code);
}

// An answer to nothing that is waited for: to an `ack`, to a message whose sender is leaving, or the server's
// last word before it closes.
void ClientCore::on_stray_reply(const wire::ServerFrame& reply, TimePoint now) {
  const OutboxEntry* entry = stage_ == Stage::leaving ? outbox_.next() : nullptr;
  if (entry && reply.id == entry_id_ && reply.command == entry->command()) return on_entry_answer(reply, now);
  const bool last_word = reply.kind == wire::ServerFrameKind::error && reply.command.empty() &&
                         (reply.code == name_of(Errc::tls_required) ||
                          reply.code == name_of(Errc::bad_frame) || stage_ == Stage::greeting);
  if (!last_word) return;
  if (returning_) return try_later(now, &reply);
  voice_.show(sentence_of_error("", reply));
  finish(ExitCode::unreachable);
}

void ClientCore::on_answer(const AskedRequest& asked, const wire::ServerFrame& reply, TimePoint now) {
  if (stage_ == Stage::leaving) return finish(ExitCode::done);
  if (stage_ == Stage::greeting) return returning_ ? authenticate() : begin_login();
  if (stage_ == Stage::login) {
    if (is_login(asked.command)) on_login_answer(asked, reply, now);
    return;
  }
  if (asked.origin == Origin::outbox) return on_entry_answer(reply, now);
  if (asked.command == "logout" && reply.kind == wire::ServerFrameKind::ok) {
    forget_token();
    return finish(ExitCode::done);
  }
  voice_.show(lines_of_answer(asked, reply, config_.local_time));
}

// --- the user

// What waited for the user comes before whatever he does: a script that only logs in sees its mail.
bool ClientCore::wants_line() const {
  if (opening_ || input_ended_ || asking_ == Asking::nothing) return false;
  if (returning_) return asking_ != Asking::command || (!held_ && !outbox_.full());
  if (stage_ == Stage::online) return !asked_ && !held_ && outbox_.empty() && waiting_ == 0;
  return stage_ == Stage::login && !asked_;
}

void ClientCore::on_line(std::string_view line, TimePoint now) {
  SOCKCHAT_CHECK(wants_line());
  now_ = now;
  const bool raw = config_.format == Format::json && line.starts_with('{') && !is_secret(asking_);
  if (!raw && !is_utf8(line)) {
    voice_.say("Error. The line is not valid UTF-8");
    return ask(asking_);
  }
  switch (asking_) {
    case Asking::nothing:
    case Asking::trust:
      return;
    case Asking::name:
      return raw ? on_raw_request(line) : take_name(line);
    case Asking::password:
      return take_password(line);
    case Asking::old_password:
    case Asking::new_password:
    case Asking::new_password_again:
      return take_passwd_line(line);
    case Asking::command:
      return take_command_line(line, false, now);
  }
}

void ClientCore::take_command_line(std::string_view line, bool again, TimePoint now) {
  const bool raw = config_.format == Format::json && line.starts_with('{');
  const ParsedLine parsed = raw ? ParsedLine(NothingTyped()) : parse_line(line);
  const auto* typed = std::get_if<Typed>(&parsed);
  const bool for_server = raw || (typed && is_for_server(typed->command->kind));
  if (for_server && stage_ != Stage::online) {
    held_ = HeldLine{std::string(line), again};
    return;
  }
  if (raw) return on_raw_request(line);
  if (std::holds_alternative<NothingTyped>(parsed)) return;
  if (std::holds_alternative<UnknownTyped>(parsed)) return voice_.say("Error. Invalid command");
  if (const auto* wrong = std::get_if<WrongArguments>(&parsed)) return voice_.say(usage_of(*wrong->command));

  const auto& [command, arguments] = *typed;
  switch (command->kind) {
    case CommandKind::message:
      return arguments.size() == 2 ? post(arguments[0], arguments[1]) : post(std::nullopt, arguments[0]);
    case CommandKind::request:
    case CommandKind::history: {
      const auto data = command->kind == CommandKind::history ? history_arguments(arguments) : arguments;
      if (!request(command->name, data)) return;
      asked_->origin = Origin::typed;
      asked_->line = line;
      asked_->arguments.assign(data.begin(), data.end());
      asked_->again = again;
      return;
    }
    case CommandKind::passwd:
      return ask(Asking::old_password);
    case CommandKind::help:
      for (const std::string& help : lines_of_help(arguments.empty() ? std::string_view() : arguments[0]))
        voice_.say(help);
      return;
    case CommandKind::logout:
      return returning_ ? on_end_of_input(now) : leave(now);
  }
}

void ClientCore::on_raw_request(std::string_view line) {
  if (!fits(line.size(), frame_max())) return;
  ByteBuffer json;  // has the padding that the reader needs
  json.append(line);
  const wire::Request request = raw_reader_.read(json.bytes()).request;
  const bool logs_in =
      stage_ == Stage::login && (request.command == "login" || request.command == "register");
  // Broken ones go out too: the server's answer is what their writer wants to see.
  if (is_answered(request)) asked_ = AskedRequest{std::string(request.command), request.id, Origin::written};
  if (!logs_in || request.data.empty()) return send_raw(line);
  name_ = request.data[0];
  raw_login_.emplace(line);
  log_in();
}

void ClientCore::send_raw(std::string_view line) {
  std::string frame;
  frame.reserve(wire::kFrameHeaderBytes + line.size());
  for (std::size_t i = wire::kFrameHeaderBytes; i-- > 0;)
    frame += static_cast<char>(line.size() >> 8 * i & 0xFF);
  frame += line;
  output_.send(frame);
  ::explicit_bzero(frame.data(), frame.size());
}

void ClientCore::on_end_of_input(TimePoint now) {
  now_ = now;
  const bool unsent = !outbox_.empty() || held_;
  if (!returning_ || !unsent || asking_ != Asking::command) return leave(now);
  // It goes on until what was typed is sent; but nobody is there any more who could end it.
  input_ended_ = true;
  give_up_at_ = std::min(give_up_at_, now + kReturnPatience);
  ask(Asking::nothing);
}

void ClientCore::on_interrupt(TimePoint now) {
  now_ = now;
  if (stage_ == Stage::leaving) return finish(ExitCode::done);
  leave(now);
}

// --- the program

void ClientCore::tick(TimePoint now) {
  if (stage_ == Stage::finished) return;
  now_ = now;
  if (now >= leave_at_) return finish(ExitCode::done);
  if (now >= give_up_at_) return give_up();
  if (now >= waiting_until_) {
    waiting_until_ = kNever;
    waiting_ = 0;
  }
  if (now >= resend_at_) resend_at_ = kNever;
  if (now >= retry_at_) {
    retry_at_ = kNever;
    if (returning_) {
      start_try();
    } else {
      send_login();
    }
  }
  if (now >= silent_at_) {
    if (probing_ || returning_) return on_lost(now);
    probing_ = true;
    silent_at_ = now + kSilenceMax;
    send_aside("ping");
  }
  send_next();
}

TimePoint ClientCore::next_deadline() const {
  if (stage_ == Stage::finished) return kNever;
  return std::min({silent_at_, retry_at_, resend_at_, give_up_at_, leave_at_, waiting_until_});
}

// --- sending

bool ClientCore::request(std::string_view command, std::span<const std::string_view> data,
                         std::optional<std::string_view> cid) {
  std::string frame;
  // Room for every byte as an escape: what may be a password is written once, and wiped where it was written.
  std::size_t bytes_max = 256;
  for (const std::string_view text : data) bytes_max += 6 * text.size() + 3;
  frame.reserve(bytes_max);
  const wire::RequestId id = ++last_id_;
  wire::append_request(frame, command, data, id, cid);

  const bool sent = fits(frame.size() - wire::kFrameHeaderBytes, frame_max());
  if (sent) {
    asked_ = AskedRequest{std::string(command), id};
    output_.send(frame);
  }
  ::explicit_bzero(frame.data(), frame.size());
  return sent;
}

void ClientCore::send_aside(std::string_view command, std::span<const std::string_view> data) {
  std::string frame;
  wire::append_request(frame, command, data);
  output_.send(frame);
}

std::size_t ClientCore::frame_max() const {
  const bool logged_in = stage_ == Stage::online || stage_ == Stage::leaving;
  return logged_in ? Limits().frame_max : Limits().frame_max_login;
}

bool ClientCore::fits(std::size_t payload_bytes, std::size_t bytes_max) {
  if (payload_bytes <= bytes_max) return true;
  voice_.say(fmt::format("Error. The line is too long: it takes {} of {} bytes", payload_bytes, bytes_max));
  return false;
}

void ClientCore::leave(TimePoint now) {
  if (stage_ == Stage::finished || stage_ == Stage::leaving) return;
  if (stage_ != Stage::online && stage_ != Stage::arriving) return finish(ExitCode::done);
  // The logout itself waits for on_flushed(): what was shown is confirmed before.
  stage_ = Stage::leaving;
  asked_.reset();
  leave_at_ = now + kLeavePatience;
  ask(Asking::nothing);
}

void ClientCore::ask(Asking asking) {
  asking_ = asking;
  output_.ask(asking);
}

void ClientCore::finish(ExitCode code) {
  if (stage_ == Stage::finished) return;
  tell_unsent();
  stage_ = Stage::finished;
  asking_ = Asking::nothing;
  asked_.reset();
  password_.reset();
  new_password_.reset();
  raw_login_.reset();
  token_.reset();
  output_.finish(code);
}

}  // namespace sockchat::client_core
