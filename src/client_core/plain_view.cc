#include "sockchat/client_core/plain_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sockchat/base/errc.h"
#include "sockchat/base/limits.h"
#include "sockchat/client_core/sanitize.h"
#include "sockchat/client_core/user_commands.h"

namespace sockchat::client_core {
namespace {

using wire::ServerFrame;
using wire::ServerFrameKind;
using Lines = std::vector<std::string>;

std::string_view item(const ServerFrame& frame, std::size_t index) {
  return index < frame.data.size() ? frame.data[index] : std::string_view();
}

struct ErrorText {
  Errc code;
  std::string_view command;   // of this command only; empty: of all others
  std::string_view sentence;  // "{}" is the request's first argument
};

// The first row that fits counts.
constexpr auto kErrorTexts = std::to_array<ErrorText>({
    {Errc::unknown_command, "", "Error. Invalid command"},
    {Errc::unknown_user, "", "Error. Invalid user"},
    {Errc::self, "message", "Error. Cannot message self"},
    {Errc::self, "startprivate", "Error. Cannot private message self"},
    {Errc::self, "", "Error. Cannot block self"},
    {Errc::already_blocked, "", "Error. {} is already blocked"},
    {Errc::not_blocked, "", "Error. {} was not blocked"},
    {Errc::blocked, "startprivate", "Error. {} has blocked you"},
    {Errc::blocked, "", "Your message could not be delivered as the recipient has blocked you"},
    {Errc::offline, "", "Error. {} is not online"},
    {Errc::not_listening, "", "Error. {} does not accept private messaging"},
    {Errc::already_private, "", "Error. Private messaging with {} is already on"},
    {Errc::no_request, "", "Error. {} does not wait for an answer any more"},
    {Errc::no_session, "", "Error. No private messaging with {}"},
    {Errc::mailbox_full, "", "Error. The mailbox of {} is full; try again after they have logged in"},
    {Errc::storage, "message",
     "Error. The server may not have stored the message; ask {} before you send it again"},
    {Errc::storage, "broadcast", "Error. The server may not have stored the message"},
    {Errc::storage, "history", "Error. The server could not read that; try again later"},
    {Errc::storage, "search", "Error. The server could not read that; try again later"},
    {Errc::storage, "sessions", "Error. The server could not read that; try again later"},
    {Errc::storage, "", "Error. The server could not store that; try again later"},
    {Errc::cid_reused, "", "Error. The message was not sent; try again"},
    {Errc::internal, "", "Error. The server failed at that; try again later"},
    {Errc::not_logged_in, "", "Error. You are not logged in"},
    {Errc::already_logged_in, "", "Error. You are logged in already"},
    {Errc::tls_required, "", "Error. The server accepts encrypted connections only"},
    {Errc::bad_credentials, "passwd", "Error. The old password is wrong"},
    {Errc::bad_credentials, "", "Invalid Password. Please try again"},
    {Errc::bad_token, "", "Error. The token is good for nothing any more; log in with your password"},
    {Errc::already_online, "", "User has already logged in"},
    {Errc::offline, "", "Error. {} is not online"},
    {Errc::registration_closed, "", "Error. This server does not let users register themselves"},
    {Errc::name_taken, "", "Error. {} is taken; choose another name"},
    {Errc::bad_name, "", "Error. {} cannot be a name; use letters, digits, _ and -"},
});

std::string sentence_of_locked(const ServerFrame& reply) {
  // Only the failure that shuts the name counts down to 0; those behind it do not count.
  if (reply.attempts_left == 0u)
    return "Invalid Password. Your account has been blocked. Please try again later";
  return "Your account is blocked due to multiple login failures. Please try again later";
}

// "; try again in 3 s", or later.
std::string when_again(const ServerFrame& reply) {
  if (!reply.retry_after) return "; try again later";
  return fmt::format("; try again in {} s", *reply.retry_after);
}

std::string sentence_of_bad_argument(const ServerFrame& reply) {
  const UserCommand* command = find_user_command(reply.command);
  return command == nullptr ? fmt::format("Error. {}", sanitize(item(reply, 0))) : usage_of(*command);
}

Lines names(const ServerFrame& reply, std::string_view nobody) {
  if (reply.data.empty()) return {std::string(nobody)};
  Lines lines;
  for (const std::string_view name : reply.data) lines.push_back(sanitize(name));
  if (reply.more) lines.emplace_back("(and more)");
  return lines;
}

}  // namespace

std::string sentence_of_error(std::string_view argument, const ServerFrame& reply) {
  const auto is = [&](Errc code) { return reply.code == name_of(code); };
  if (is(Errc::locked)) return sentence_of_locked(reply);
  if (is(Errc::busy)) return fmt::format("Error. The server is busy{}", when_again(reply));
  const bool is_block_list = is(Errc::rate_limited) && reply.command == "block";
  if (is_block_list && !reply.retry_after) return "Error. Your block list is full; unblock somebody first";
  if (is(Errc::rate_limited)) return fmt::format("Error. That was too much at once{}", when_again(reply));
  if (is(Errc::bad_argument)) return sentence_of_bad_argument(reply);
  if (is(Errc::bad_text))
    return fmt::format("Error. The server does not take this text; at most {} bytes of UTF-8",
                       Limits().text_max);
  if (is(Errc::weak_password))
    return fmt::format(
        "Error. A new password has at least {} bytes, and is neither your name nor a common one",
        Limits().password_min_new);

  const auto* row = std::ranges::find_if(kErrorTexts, [&](const ErrorText& text) {
    return is(text.code) && (text.command.empty() || text.command == reply.command);
  });
  // A newer server's code: its own sentence is the best there is.
  if (row == kErrorTexts.end()) return fmt::format("Error. {}", sanitize(item(reply, 0)));
  return fmt::format(fmt::runtime(row->sentence), sanitize(argument));
}

Lines lines_of_event(const ServerFrame& event) {
  if (event.command == "message" || event.command == "broadcast") {
    return sanitize_lines(fmt::format("{}: {}", sanitize(item(event, 0)), item(event, 1)));
  }
  if (event.command == "presence") {
    const bool online = item(event, 1) == "online";
    return {fmt::format("{} logged {}", sanitize(item(event, 0)), online ? "in" : "out")};
  }
  return {};
}

Lines lines_of_reply(std::string_view argument, const ServerFrame& reply) {
  if (reply.kind == ServerFrameKind::error) return {sentence_of_error(argument, reply)};
  const auto is = [&](std::string_view command) { return reply.command == command; };
  if (is("message")) {
    if (reply.delivery != "stored") return {};
    return {
        fmt::format("({} is offline; the message will be delivered at the next login)", sanitize(argument))};
  }
  if (is("broadcast")) {
    if (!reply.skipped) return {};
    return {"Your message could not be delivered to some recipients"};
  }
  if (is("whoelse")) return names(reply, "No one else is online");
  if (is("whoelsesince")) return names(reply, "No one else was online");
  if (is("blocked")) return names(reply, "You block no one");
  if (is("block")) return {fmt::format("{} is blocked", sanitize(item(reply, 0)))};
  if (is("unblock")) return {fmt::format("{} is unblocked", sanitize(item(reply, 0)))};
  if (is("passwd")) return {"Your password is changed"};
  return {};
}

Lines lines_of_welcome(const ServerFrame& reply) {
  Lines lines{"Welcome to the greatest messaging application ever!"};
  const std::uint64_t failed = reply.failed.value_or(0);
  if (failed > 0) {
    lines.push_back(fmt::format("{} failed login{} since your last login", failed, failed == 1 ? "" : "s"));
  }
  return lines;
}

LoggedOut logged_out(std::string_view reason) {
  if (reason == "timeout") return {"You have been logged out due to inactivity", ExitCode::done};
  const auto text = [&]() -> std::string {
    if (reason == "shutdown") return "You have been logged out: the server is shutting down";
    if (reason == "replaced") return "You have been logged out: you have logged in elsewhere";
    if (reason == "kicked") return "You have been logged out: your account was removed";
    if (reason == "slow_consumer")
      return "You have been logged out: messages came faster than they could be shown; they wait for your "
             "next login";
    return fmt::format("You have been logged out: {}", sanitize(reason));
  };
  return {text(), ExitCode::unreachable};
}

}  // namespace sockchat::client_core
