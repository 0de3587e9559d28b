#include "sockchat/client_core/client_core.h"

#include <fmt/format.h>
#include <string.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "sockchat/base/byte_buffer.h"
#include "sockchat/base/check.h"
#include "sockchat/base/limits.h"
#include "sockchat/client_core/plain_view.h"
#include "sockchat/client_core/user_commands.h"
#include "sockchat/wire/frame.h"
#include "sockchat/wire/frame_writer.h"
#include "utf8.h"

namespace sockchat::client_core {
namespace {

// The server answers none of these when they are right.
bool is_answered(const wire::Request& request) {
  const std::string_view command = request.command;
  if (command == "ack") return !std::holds_alternative<std::monostate>(request.id);
  return command != "pong" && command != "active" && command != "relay";
}

}  // namespace

ClientCore::ClientCore(ClientConfig config, ClientOutput& output)
    : config_(std::move(config)), output_(output) {}

// --- the server

void ClientCore::on_connected(TimePoint now) {
  if (stage_ != Stage::connecting) return;
  stage_ = Stage::greeting;
  silent_at_ = now + kSilenceMax;
  if (config_.format == Format::json) news("connected", "server", config_.server);
  request("hello", std::array<std::string_view, 2>{"ack", "presence"});
}

void ClientCore::on_frame(std::span<char> json, TimePoint now) {
  if (stage_ == Stage::finished) return;
  silent_at_ = now + kSilenceMax;
  probing_ = false;
  const auto frame = reader_.read(json);
  if (!frame) return on_bad_frame();
  if (config_.format == Format::json) {
    std::string line(json.data(), json.size());
    // In valid JSON these stand between its tokens only, where a space means the same.
    std::ranges::replace_if(
        line, [](char byte) { return byte == '\n' || byte == '\r'; }, ' ');
    output_.print(config_.ascii ? to_ascii_json(line) : line);
  }
  dispatch(*frame, now);
}

void ClientCore::dispatch(const wire::ServerFrame& frame, TimePoint now) {
  if (frame.kind == wire::ServerFrameKind::event) return on_event(frame, now);
  const bool awaited =
      asked_ && frame.id == asked_->id && (frame.command == asked_->command || frame.command.empty());
  if (!awaited) return on_stray_error(frame);
  const Asked asked = std::move(*asked_);
  asked_.reset();
  on_answer(asked, frame, now);
}

void ClientCore::on_bad_frame() {
  if (stage_ == Stage::finished) return;
  say("Error. What the server sends is not the protocol of this client");
  finish(ExitCode::unreachable);
}

void ClientCore::on_lost() {
  if (stage_ == Stage::finished) return;
  if (stage_ == Stage::leaving) return finish(ExitCode::done);
  say("Error. Connection to the server lost");
  finish(ExitCode::unreachable);
}

void ClientCore::on_reading(bool reading, TimePoint now) {
  silent_at_ = reading ? now + kSilenceMax : kNever;
  probing_ = false;
}

void ClientCore::on_event(const wire::ServerFrame& event, TimePoint now) {
  if (event.command == "ping") return send_aside("pong");
  // What comes after the goodbye waits on the server for the next login.
  const bool leaving = stage_ == Stage::leaving;
  if (event.command == "logout") {
    if (leaving) return finish(ExitCode::done);
    const std::string_view reason = event.data.empty() ? std::string_view() : std::string_view(event.data[0]);
    const LoggedOut end = logged_out(reason);
    show(std::array{end.sentence});
    // Announced or not, a server that goes is a connection lost: scripts look for one sentence.
    if (reason == "shutdown") return on_lost();
    return finish(end.code);
  }
  if (leaving) return;
  if (event.command == "message" || event.command == "broadcast") return on_message(event, now);
  show(lines_of_event(event));
}

void ClientCore::on_message(const wire::ServerFrame& event, TimePoint now) {
  if (event.stored && waiting_ > 0) {
    --waiting_;
    waiting_until_ = now + kWaitingPatience;
  }
  std::uint64_t mid = 0;
  std::from_chars(event.mid.data(), event.mid.data() + event.mid.size(), mid);
  if (mid != 0 && !remember_shown(mid)) return;
  show(lines_of_event(event));
}

// A window of ids rather than the newest alone: should one come late, it is shown and not lost.
bool ClientCore::remember_shown(std::uint64_t mid) {
  if (!shown_.insert(mid).second) return false;
  if (shown_.size() > kShownMax) shown_.erase(shown_.begin());
  shown_newest_ = std::max(shown_newest_, mid);
  return true;
}

// An answer to nothing: to an `ack`, or the server's last word before it closes.
void ClientCore::on_stray_error(const wire::ServerFrame& reply) {
  const bool last_word = reply.kind == wire::ServerFrameKind::error && reply.command.empty() &&
                         (reply.code == name_of(Errc::tls_required) ||
                          reply.code == name_of(Errc::bad_frame) || stage_ == Stage::greeting);
  if (!last_word) return;
  show(std::array{sentence_of_error("", reply)});
  finish(ExitCode::unreachable);
}

void ClientCore::on_answer(const Asked& asked, const wire::ServerFrame& reply, TimePoint now) {
  const bool granted = reply.kind == wire::ServerFrameKind::ok;
  if (stage_ == Stage::leaving) return finish(ExitCode::done);
  if (stage_ == Stage::greeting) return begin_login();
  if (stage_ == Stage::login) {
    const bool login = asked.command == "login" || asked.command == "register" || asked.command == "resume";
    if (login) on_login_answer(reply, now);
    return;
  }
  if (asked.command == "logout" && granted) return finish(ExitCode::done);
  show(lines_of_reply(asked.argument, reply));
}

// --- the user

// What waited for the user comes before whatever he does: a script that only logs in sees its mail.
bool ClientCore::wants_line() const { return !asked_ && asking_ != Asking::nothing && waiting_ == 0; }

void ClientCore::on_line(std::string_view line, TimePoint now) {
  SOCKCHAT_CHECK(wants_line());
  const bool raw = config_.format == Format::json && line.starts_with('{') && !is_secret(asking_);
  if (raw) return on_raw_request(line);
  if (!is_utf8(line)) {
    say("Error. The line is not valid UTF-8");
    return ask(asking_);
  }
  switch (asking_) {
    case Asking::nothing:
      return;
    case Asking::name:
      return take_name(line);
    case Asking::password:
      return take_password(line);
    case Asking::old_password:
    case Asking::new_password:
    case Asking::new_password_again:
      return take_passwd_line(line);
    case Asking::command:
      return on_command_line(line, now);
  }
}

void ClientCore::on_command_line(std::string_view line, TimePoint now) {
  const ParsedLine parsed = parse_line(line);
  if (std::holds_alternative<NothingTyped>(parsed)) return;
  if (std::holds_alternative<UnknownTyped>(parsed)) return say("Error. Invalid command");
  if (const auto* wrong = std::get_if<WrongArguments>(&parsed)) return say(usage_of(*wrong->command));

  const auto& [command, arguments] = std::get<Typed>(parsed);
  switch (command->kind) {
    case CommandKind::request:
    case CommandKind::message: {
      const Cid cid = command->kind == CommandKind::message ? Cid::with : Cid::without;
      if (request(command->name, arguments, cid) && !arguments.empty()) asked_->argument = arguments[0];
      return;
    }
    case CommandKind::passwd:
      return ask(Asking::old_password);
    case CommandKind::help:
      return show_help(arguments.empty() ? std::string_view() : arguments[0]);
    case CommandKind::logout:
      return leave(now);
  }
}

void ClientCore::on_raw_request(std::string_view line) {
  if (!fits(line.size())) return;
  ByteBuffer json;  // has the padding that the reader needs
  json.append(line);
  const wire::Request request = raw_reader_.read(json.bytes()).request;
  // Broken ones go out too: the server's answer is what their writer wants to see.
  if (is_answered(request)) asked_ = Asked{std::string(request.command), request.id, {}};
  std::string frame;
  for (std::size_t i = wire::kFrameHeaderBytes; i-- > 0;)
    frame += static_cast<char>(line.size() >> 8 * i & 0xFF);
  frame += line;
  output_.send(frame);
}

void ClientCore::show_help(std::string_view topic) {
  if (topic.empty()) {
    for (const std::string& line : describe_user_commands()) say(line);
    return;
  }
  const UserCommand* command = find_user_command(topic);
  if (command == nullptr) return say("Error. Invalid command");
  say(usage_of(*command));
  say(command->summary);
}

void ClientCore::on_end_of_input(TimePoint now) { leave(now); }

void ClientCore::on_interrupt(TimePoint now) {
  if (stage_ == Stage::leaving) return finish(ExitCode::done);
  leave(now);
}

// --- the program

void ClientCore::on_flushed() {
  const bool may_speak = stage_ == Stage::online || (stage_ == Stage::leaving && !logout_sent_);
  if (!may_speak) return;
  if (shown_newest_ > confirmed_) {
    confirmed_ = shown_newest_;
    const fmt::format_int mid(confirmed_);
    send_aside("ack", std::array{std::string_view(mid.data(), mid.size())});
  }
  if (stage_ == Stage::leaving) {
    logout_sent_ = true;
    request("logout", {});
  }
}

void ClientCore::tick(TimePoint now) {
  if (stage_ == Stage::finished) return;
  if (now >= leave_at_) return finish(ExitCode::done);
  if (now >= waiting_until_) {
    waiting_until_ = kNever;
    waiting_ = 0;
  }
  if (now >= retry_at_) {
    retry_at_ = kNever;
    send_login();
  }
  if (now >= silent_at_) {
    if (probing_) return on_lost();
    probing_ = true;
    silent_at_ = now + kSilenceMax;
    send_aside("ping");
  }
}

TimePoint ClientCore::next_deadline() const {
  return stage_ == Stage::finished ? kNever : std::min({silent_at_, retry_at_, leave_at_, waiting_until_});
}

// --- sending and saying

bool ClientCore::request(std::string_view command, std::span<const std::string_view> data, Cid cid) {
  std::string frame;
  // Room for every byte as an escape: what may be a password is written once, and wiped where it was written.
  std::size_t bytes_max = 256;
  for (const std::string_view text : data) bytes_max += 6 * text.size() + 3;
  frame.reserve(bytes_max);
  const wire::RequestId id = ++last_id_;
  std::optional<std::string> own;
  if (cid == Cid::with) own = output_.fresh_cid();
  wire::append_request(frame, command, data, id, own);

  const bool sent = fits(frame.size() - wire::kFrameHeaderBytes);
  if (sent) {
    asked_ = Asked{std::string(command), id, {}};
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

bool ClientCore::fits(std::size_t payload_bytes) {
  const Limits limits;
  const bool logged_in = stage_ == Stage::online || stage_ == Stage::leaving;
  const std::size_t bytes_max = logged_in ? limits.frame_max : limits.frame_max_login;
  if (payload_bytes <= bytes_max) return true;
  say(fmt::format("Error. The line is too long: it takes {} of {} bytes", payload_bytes, bytes_max));
  return false;
}

void ClientCore::leave(TimePoint now) {
  if (stage_ == Stage::finished || stage_ == Stage::leaving) return;
  if (stage_ != Stage::online) return finish(ExitCode::done);
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

void ClientCore::say(std::string_view sentence) {
  if (config_.format == Format::json) return news("notice", "text", sentence);
  output_.print(sentence);
}

void ClientCore::show(std::span<const std::string> lines) {
  if (config_.format == Format::json) return;
  for (const std::string& line : lines) output_.print(line);
}

void ClientCore::news(std::string_view kind, std::string_view member, std::string_view text) {
  std::string line = fmt::format(R"({{"client":"{}","{}":)", kind, member);
  wire::append_json_string(line, text);
  line += '}';
  output_.print(line);
}

void ClientCore::finish(ExitCode code) {
  if (stage_ == Stage::finished) return;
  stage_ = Stage::finished;
  asking_ = Asking::nothing;
  asked_.reset();
  password_.reset();
  new_password_.reset();
  output_.finish(code);
}

}  // namespace sockchat::client_core
