#include "server_core/private_desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server_core/core.h"
#include "server_core/replies.h"
#include "sockchat/wire/events.h"

namespace sockchat::server_core {
namespace {

using Denied = tl::unexpected<PrivateDesk::Refused>;

// Bits of chance in 32 hex digits are enough for a name that is used once.
constexpr std::size_t kSessionDigits = 32;

// Why a chat is over for the other one, by what ended the session.
std::string_view reason_of_end(std::string_view why) {
  return why == "logout" || why == "timeout" ? why : "gone";
}

}  // namespace

void PrivateDesk::listen(UserId user, std::uint16_t port, std::string_view key) {
  // A pin has one spelling.
  std::string lower(key);
  for (char& digit : lower)
    digit = digit >= 'A' && digit <= 'F' ? static_cast<char>(digit - 'A' + 'a') : digit;
  listening_.insert_or_assign(user, Listening{fmt::format("{}", port), std::move(lower)});
}

// A block is looked at before anything that would tell of the other: who is refused does not learn whether he
// is there.
PrivateDesk::Outcome<UserId> PrivateDesk::find_invitee(UserId asker, std::string_view name) const {
  const domain::Account* const account = core_.directory.find_ever(name);
  if (account && account->id == asker) return Denied({Errc::self});
  if (!account || account->removed) return Denied({Errc::unknown_user});
  if (core_.blocklist.refuses(account->id, asker)) return Denied({Errc::blocked});
  if (!core_.sessions.find_user(account->id)) return Denied({Errc::offline});
  if (!listening_.contains(account->id) || !listening_.contains(asker)) return Denied({Errc::not_listening});
  return account->id;
}

PrivateDesk::Outcome<domain::PrivateChat> PrivateDesk::start(Line& line, UserId asker,
                                                             std::string_view name) {
  const auto asked = find_invitee(asker, name);
  if (!asked) return Denied(asked.error());
  if (chats_.accepted(asker, *asked)) return Denied({Errc::already_private});
  if (const auto* const mine = chats_.invitation(asker, *asked)) return *mine;
  // They ask each other: one chat, and the first one dials.
  if (chats_.invitation(*asked, asker)) return answer(line, asker, name, true);
  if (const auto room = check_open(line, asker); !room) return Denied(room.error());
  if (const auto taken = take_invitation(line, asker); !taken) return Denied(taken.error());
  const TimePoint expires = core_.now().mono + core_.config.limits.private_wait_seconds;
  const Secret chance = core_.token_source.fresh_token();
  core_.deadlines.arm(expires, line.id, Due::invitation);
  return chats_.invite(std::string(chance.reveal().substr(0, kSessionDigits)), asker, *asked, expires);
}

PrivateDesk::Outcome<void> PrivateDesk::check_open(Line& line, UserId user) {
  if (chats_.open(user) < core_.config.limits.private_open) return {};
  core_.met(&Limits::private_open, line);
  return Denied({Errc::rate_limited});
}

PrivateDesk::Outcome<void> PrivateDesk::take_invitation(Line& line, UserId asker) {
  constexpr double kMinute = 60;
  const double a_minute = core_.config.limits.private_invites_minute;
  const Duration wait = invitations_[asker].try_take(
      {.per_second = a_minute / kMinute, .burst = std::max(a_minute, 1.0)}, core_.now().mono);
  if (wait <= Duration::zero()) return {};
  core_.met(&Limits::private_invites_minute, line);
  return Denied({Errc::rate_limited, wait});
}

void PrivateDesk::announce(const domain::PrivateChat& chat) {
  if (chat.accepted) {
    // Who is dialled has to know of it before the call comes.
    introduce(chat, chat.asked);
    introduce(chat, chat.asker);
    return;
  }
  frame_.clear();
  wire::StartPrivateEvent{core_.directory.name_of(chat.asker), chat.session,
                          seconds_up(chat.expires - core_.now().mono)}
      .encode(frame_);
  tell(chat.asked);
}

PrivateDesk::Outcome<domain::PrivateChat> PrivateDesk::answer(Line& line, UserId asked, std::string_view name,
                                                              bool accepts) {
  const domain::Account* const account = core_.directory.find_ever(name);
  const domain::PrivateChat* const invitation = account ? chats_.invitation(account->id, asked) : nullptr;
  if (!invitation) return Denied({Errc::no_request});
  domain::PrivateChat chat = *invitation;
  if (!accepts) {
    chats_.end(chat.asker, chat.asked);
    return chat;
  }
  if (const auto room = check_open(line, asked); !room) return Denied(room.error());
  chats_.accept(chat.asker, chat.asked);
  chat.accepted = true;
  return chat;
}

// What goes through the server waits in the receiver's queue: between its two limits there is room for that,
// so that a slow reader of messages can still be talked to. Beyond, bytes are missing, and the two notice.
PrivateDesk::Outcome<void> PrivateDesk::relay(UserId from, std::string_view name, std::string_view base64) {
  const domain::Account* const account = core_.directory.find_ever(name);
  const domain::PrivateChat* const chat = account ? chats_.accepted(from, account->id) : nullptr;
  if (!chat) return Denied({Errc::no_session});
  const domain::Session* const session = core_.sessions.find_user(account->id);
  if (!session) return Denied({Errc::no_session});
  const Limits& limits = core_.config.limits;
  const std::size_t room = limits.send_queue_hard > limits.send_queue_soft
                               ? (limits.send_queue_hard - limits.send_queue_soft) / 2
                               : 0;
  if (session->feed.unsent() + base64.size() > limits.send_queue_soft + room) {
    core_.counters.count(&Limits::send_queue_soft);
    return Denied({Errc::busy});
  }
  frame_.clear();
  wire::RelayEvent{core_.directory.name_of(from), base64, chat->session}.encode(frame_);
  tell(account->id);
  return {};
}

PrivateDesk::Outcome<void> PrivateDesk::stop(UserId user, std::string_view name) {
  const domain::Account* const account = core_.directory.find_ever(name);
  const domain::PrivateChat* const chat = account ? chats_.accepted(user, account->id) : nullptr;
  if (!chat) return Denied({Errc::no_session});
  frame_.clear();
  wire::StopPrivateEvent{core_.directory.name_of(user), chat->session, "stopped"}.encode(frame_);
  chats_.end(user, account->id);
  tell(account->id);
  return {};
}

void PrivateDesk::leave(UserId user, std::string_view why) {
  listening_.erase(user);
  for (const domain::PrivateChat& chat : chats_.leave(user)) {
    if (core_.stopping) continue;  // everybody is told of the shutdown
    if (!chat.accepted) {
      decline(chat, chat.other_than(user), "offline");
      continue;
    }
    frame_.clear();
    wire::StopPrivateEvent{core_.directory.name_of(user), chat.session, reason_of_end(why)}.encode(frame_);
    tell(chat.other_than(user));
  }
}

void PrivateDesk::expire(UserId asker) {
  for (const domain::PrivateChat& chat : chats_.expire(asker, core_.now().mono)) {
    core_.counters.count(&Limits::private_wait_seconds);
    decline(chat, chat.asker, "expired");
    decline(chat, chat.asked, "expired");
  }
}

bool PrivateDesk::invites(UserId asker, std::string_view name) const {
  const domain::Account* const account = core_.directory.find_ever(name);
  return account && chats_.invitation(asker, account->id);
}

void PrivateDesk::refuse(const domain::PrivateChat& chat) { decline(chat, chat.asker, "declined"); }

// To one of the two, what he needs to reach the other.
void PrivateDesk::introduce(const domain::PrivateChat& chat, UserId user) {
  const UserId other = chat.other_than(user);
  const Line* const line = line_of(other);
  const auto at = listening_.find(other);
  const auto own = listening_.find(user);
  if (!line || at == listening_.end() || own == listening_.end()) return;
  const bool relayed = at->second.port == "0" || own->second.port == "0";
  frame_.clear();
  wire::IntroduceEvent{.peer = core_.directory.name_of(other),
                       .address = relayed ? std::string_view() : std::string_view(line->address),
                       .port = relayed ? std::string_view() : std::string_view(at->second.port),
                       .key = at->second.key,
                       .session = chat.session,
                       .dials = user == chat.asker}
      .encode(frame_);
  tell(user);
}

void PrivateDesk::decline(const domain::PrivateChat& chat, UserId user, std::string_view reason) {
  frame_.clear();
  wire::DeclinedEvent{core_.directory.name_of(chat.other_than(user)), chat.session, reason}.encode(frame_);
  tell(user);
}

Line* PrivateDesk::line_of(UserId user) const {
  const domain::Session* const session = core_.sessions.find_user(user);
  return session ? core_.lines.find(session->connection) : nullptr;
}

void PrivateDesk::tell(UserId user) {
  if (Line* const line = line_of(user)) core_.lines.send(*line, frame_);
}

}  // namespace sockchat::server_core
