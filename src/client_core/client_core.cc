#include "sockchat/client_core/client_core.h"

#include <fmt/format.h>
#include <string.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "sockchat/base/limits.h"
#include "sockchat/client_core/plain_view.h"
#include "sockchat/client_core/sanitize.h"
#include "sockchat/wire/frame.h"

namespace sockchat::client_core {
namespace {

bool is_login(std::string_view command) {
  return command == "login" || command == "register" || command == "resume";
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

}  // namespace

ClientCore::ClientCore(ClientConfig config, ClientOutput& output, ClientMemory* memory, PeerLinks* peers)
    : config_(std::move(config)),
      output_(output),
      memory_(memory),
      voice_(config_, output),
      chats_(peers, config_.accept_private, config_.why_no_private, *this, voice_, output) {}

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
  chats_.on_event(event);
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
  if (const auto* session = std::get_if<std::string>(&reply.id); session && reply.command == "relay")
    return chats_.on_relay_refused(*session);
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
  chats_.on_reply(asked, reply, now);
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
  chats_.tick(now);
  if (now >= peers_until_) {
    peers_until_ = kNever;
    end_input();
  }
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
  return std::min({silent_at_, retry_at_, resend_at_, give_up_at_, leave_at_, waiting_until_, peers_until_,
                   chats_.next_deadline()});
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

void ClientCore::send_aside(std::string_view command, std::span<const std::string_view> data,
                            const wire::RequestId& id) {
  std::string frame;
  wire::append_request(frame, command, data, id);
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
  chats_.leave();
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
  chats_.leave();
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
