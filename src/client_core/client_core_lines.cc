// What the user types, line by line.
#include <string.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "sockchat/base/byte_buffer.h"
#include "sockchat/base/check.h"
#include "sockchat/client_core/client_core.h"
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

// Messages are for the outbox first.
bool is_for_server(CommandKind kind) {
  switch (kind) {
    case CommandKind::request:
    case CommandKind::history:
    case CommandKind::passwd:
    case CommandKind::start_private:
    case CommandKind::answer:
      return true;
    case CommandKind::message:
    case CommandKind::help:
    case CommandKind::logout:
    case CommandKind::private_text:
    case CommandKind::stop_private:
    case CommandKind::trust:
    case CommandKind::verify:
      return false;
  }
  return false;
}

bool is_answer(const ParsedLine& parsed) {
  const auto* typed = std::get_if<Typed>(&parsed);
  const auto* wrong = std::get_if<WrongArguments>(&parsed);
  const UserCommand* command = typed ? typed->command : wrong ? wrong->command : nullptr;
  return command != nullptr && command->kind == CommandKind::answer;
}

// Whom a request is about decides what its answer means for a private chat.
bool is_about_private(std::string_view command) {
  return command == "startprivate" || command == "answer" || command == "stopprivate";
}

std::vector<std::string> lines_of_help(std::string_view topic) {
  if (topic.empty()) return describe_user_commands();
  const UserCommand* command = find_user_command(topic);
  if (command == nullptr) return {"Error. Invalid command"};
  return {usage_of(*command), std::string(command->summary)};
}

}  // namespace

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
  ParsedLine parsed = raw ? ParsedLine(NothingTyped()) : parse_line(line);
  if (is_answer(parsed) && !chats_.is_asked()) parsed = UnknownTyped();
  const auto* typed = std::get_if<Typed>(&parsed);
  const bool for_server = raw || (typed && is_for_server(typed->command->kind));
  if (typed && take_private_line(*typed, now)) return;
  if (for_server && stage_ != Stage::online) {
    held_ = HeldLine{std::string(line), again};
    return;
  }
  if (raw) return on_raw_request(line);
  if (std::holds_alternative<NothingTyped>(parsed)) return;
  if (std::holds_alternative<UnknownTyped>(parsed)) return voice_.say("Error. Invalid command");
  if (const auto* wrong = std::get_if<WrongArguments>(&parsed)) return voice_.say(usage_of(*wrong->command));

  const auto& [command, arguments] = *typed;
  const auto ask_server = [&](std::string_view name, std::span<const std::string_view> data) {
    if (!request(name, data)) return;
    asked_->origin = Origin::typed;
    asked_->line = line;
    asked_->arguments.assign(data.begin(), data.end());
    asked_->again = again;
    chats_.on_request(*asked_);
  };
  switch (command->kind) {
    case CommandKind::message:
      return arguments.size() == 2 ? post(arguments[0], arguments[1]) : post(std::nullopt, arguments[0]);
    case CommandKind::request:
    case CommandKind::start_private:
      return ask_server(command->name, arguments);
    case CommandKind::history:
      return ask_server(command->name, history_arguments(arguments));
    case CommandKind::answer: {
      const auto asker = chats_.find_asker(arguments.empty() ? std::string_view() : arguments[0]);
      const std::string_view answer = command->name == "y" ? "yes" : "no";
      return ask_server("answer", std::array{std::string_view(*asker), answer});
    }
    case CommandKind::passwd:
      return ask(Asking::old_password);
    case CommandKind::help:
      for (const std::string& help : lines_of_help(arguments.empty() ? std::string_view() : arguments[0]))
        voice_.say(help);
      return;
    case CommandKind::logout:
      return returning_ ? on_end_of_input(now) : leave(now);
    case CommandKind::private_text:
    case CommandKind::stop_private:
    case CommandKind::trust:
    case CommandKind::verify:
      return;  // done above
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
  if (asked_ && is_about_private(request.command)) {
    asked_->arguments.assign(request.data.begin(), request.data.end());
    chats_.on_request(*asked_);
  }
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
  const bool unsent = returning_ && (!outbox_.empty() || held_);
  const bool unconfirmed = chats_.is_unconfirmed();
  if ((!unsent && !unconfirmed) || asking_ != Asking::command) return leave(now);
  // It goes on until what was typed is sent; but nobody is there any more who could end it.
  input_ended_ = true;
  if (unsent) give_up_at_ = std::min(give_up_at_, now + kReturnPatience);
  if (unconfirmed) peers_until_ = now + kLeavePatience;
  ask(Asking::nothing);
}

}  // namespace sockchat::client_core
