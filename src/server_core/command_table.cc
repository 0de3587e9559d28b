#include "sockchat/server_core/command_table.h"

#include <algorithm>
#include <array>

#include "server_core/handlers.h"
#include "server_core/rates.h"
#include "server_core/replies.h"

namespace sockchat::server_core {
namespace {

template <class Arguments>
void run(Context& context, const wire::Request& request) {
  const Result<Arguments> arguments = Arguments::decode(request);
  if (!arguments) return answer_error(context, Errc::bad_argument, {.sentence = arguments.error().text});
  if (context.spec.is_activity && context.line.session)
    context.session().last_active = context.core.now().mono;
  charge(context);
  handle(context, *arguments);
}

constexpr std::string_view kLoginErrors = "`bad_credentials`, `locked`, `already_online`, `busy`, `storage`";

constexpr auto kCommands = std::to_array<CommandSpec>({
    {"ack", Access::in, false, false, Cost::none, &run<wire::Ack>, "`[mid]`",
     "none; with an `id`: `[]`, when durable", "`bad_argument`, `storage`",
     "everything for me up to this message has arrived"},
    {"active", Access::in, false, true, Cost::none, &run<wire::Active>, "`[]`", "none", "–",
     "I was active in a private chat"},
    {"answer", Access::in, false, true, Cost::none, &run<wire::Answer>, "`[user, \"yes\" or \"no\"]`",
     "`[user]`", "`no_request`, `rate_limited`", "to somebody who asks for a private chat"},
    {"block", Access::in, false, true, Cost::none, &run<wire::Block>, "`[user]`", "`[user]`",
     "`self`, `unknown_user`, `already_blocked`, `rate_limited`, `storage`", "refuse a user"},
    {"blocked", Access::in, false, true, Cost::query, &run<wire::Blocked>, "`[]`", "names, sorted", "–",
     "whom I refuse"},
    {"broadcast", Access::in, false, true, Cost::broadcast, &run<wire::Broadcast>, "`[text]`",
     "`[mid]`, `skipped`", "`bad_text`, `cid_reused`, `storage`", "send to everybody who is online"},
    {"hello", Access::any, false, false, Cost::none, &run<wire::Hello>, "feature names",
     "`[\"sockchat\", \"1\", granted features …]`, `limits`", "`bad_request`",
     "name the features that I want; first"},
    {"history", Access::in, true, true, Cost::query, &run<wire::History>,
     "`[user]` or `[\"*\"]`, then optional `before`, then optional count",
     "`{mid, from, to, text, time}` each, oldest first; `more`, `cut`", "`unknown_user`, `busy`, `storage`",
     "what was said between us, or to all"},
    {"listen", Access::in, false, false, Cost::none, &run<wire::Listen>, "`[port, key]`", "`[]`",
     "`bad_argument`", "where and under which key I take private chats; port 0: through the server only"},
    {"login", Access::out, true, false, Cost::none, &run<wire::Login>, "`[user, password]`",
     "`[user]`, `last_login`, `failed`, `waiting`, `token`", kLoginErrors, "log in"},
    {"logout", Access::in, false, true, Cost::none, &run<wire::Logout>, "`[]`",
     "`[]`, then the server closes", "–", "log out"},
    {"message", Access::in, false, true, Cost::message, &run<wire::Message>, "`[user, text]`",
     "`[mid]`, `delivery`",
     "`unknown_user`, `self`, `blocked`, `bad_text`, `mailbox_full`, `cid_reused`, `storage`",
     "send to one user"},
    {"passwd", Access::in, true, true, Cost::none, &run<wire::Passwd>, "`[old, new]`", "`[]`",
     "`bad_credentials`, `locked`, `weak_password`, `busy`, `storage`", "change my password"},
    {"ping", Access::any, false, false, Cost::none, &run<wire::Ping>, "`[]`", "`[]`", "–", "are you there"},
    {"pong", Access::any, false, false, Cost::none, &run<wire::Pong>, "`[]`", "none", "–", "I am here"},
    {"register", Access::out, true, false, Cost::none, &run<wire::Register>, "`[user, password]`",
     "as `login`", "`registration_closed`, `bad_name`, `name_taken`, `weak_password`, `busy`, `storage`",
     "make an account, log in"},
    {"relay", Access::in, false, false, Cost::none, &run<wire::Relay>, "`[user, base64 of at most 32 KiB]`",
     "none", "`no_session`, `busy`", "bytes of a private chat that go through the server"},
    {"resume", Access::out, false, false, Cost::none, &run<wire::Resume>, "`[token, last_mid or \"0\"]`",
     "as `login`, `resumed`", "`bad_token`, `already_online`, `busy`, `storage`",
     "log in with the token of an earlier login"},
    {"search", Access::in, true, true, Cost::query, &run<wire::Search>, "`[words]`, then optional count",
     "as `history`, newest first; `unindexed`", "`busy`, `storage`", "find what I sent or was sent"},
    {"sessions", Access::in, true, true, Cost::query, &run<wire::Sessions>, "optional count",
     "`{login, logout, reason, address}` each, newest first", "`busy`, `storage`", "when I was logged in"},
    {"startprivate", Access::in, false, true, Cost::none, &run<wire::StartPrivate>, "`[user]`",
     "`[user]`, `session`, `expires`",
     "`self`, `unknown_user`, `blocked`, `offline`, `not_listening`, `already_private`, `rate_limited`",
     "ask for a private chat"},
    {"stopprivate", Access::in, false, true, Cost::none, &run<wire::StopPrivate>, "`[user]`", "`[user]`",
     "`no_session`", "end a private chat"},
    {"unblock", Access::in, false, true, Cost::none, &run<wire::Unblock>, "`[user]`", "`[user]`",
     "`self`, `unknown_user`, `not_blocked`, `storage`", "refuse a user no longer"},
    {"whoelse", Access::in, false, true, Cost::query, &run<wire::WhoElse>, "`[]`", "names, sorted", "–",
     "who else is online"},
    {"whoelsesince", Access::in, false, true, Cost::query, &run<wire::WhoElseSince>, "`[seconds]`",
     "names, sorted", "`bad_argument`", "who else was online in the last so many seconds"},
});
static_assert(std::ranges::is_sorted(kCommands, {}, &CommandSpec::name));

}  // namespace

std::span<const CommandSpec> command_specs() { return kCommands; }

const CommandSpec* find_command(std::string_view name) {
  const auto found = std::ranges::lower_bound(kCommands, name, {}, &CommandSpec::name);
  return found != kCommands.end() && found->name == name ? &*found : nullptr;
}

std::string_view access_text(Access access) {
  switch (access) {
    case Access::any:
      return "any";
    case Access::in:
      return "in";
    case Access::out:
      return "out";
  }
  return {};
}

}  // namespace sockchat::server_core
