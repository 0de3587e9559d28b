#include "server_core/local_router.h"

#include <algorithm>
#include <utility>

#include "server_core/core.h"
#include "sockchat/base/check.h"
#include "sockchat/base/planted.h"
#include "sockchat/domain/delivery.h"
#include "sockchat/wire/events.h"

namespace sockchat::server_core {
namespace {
// Rows of one page: enough to keep a pipe full, little enough to hold in memory for each reader that catches
// up.
constexpr std::size_t kPageRows = 256;
constexpr Duration kRefetchAfter = std::chrono::seconds(1);
constexpr Duration kConfirmAfter = std::chrono::milliseconds(50);
}  // namespace

LocalRouter::LocalRouter(Core& core)
    : core_(core),
      feed_limits_{.unsent_soft = core.config.limits.send_queue_soft,
                   .unconfirmed_max = core.config.limits.unconfirmed_max} {}

// --- sessions

void LocalRouter::claim(UserId user, std::move_only_function<void(bool)> done) {
  domain::Session* session = core_.sessions.find_user(user);
  Line* line = session ? core_.lines.find(session->connection) : nullptr;
  if (!line) return done(true);
  SOCKCHAT_CHECK(!claims_.contains(user));
  claims_.emplace(user, std::move(done));
  line->challenge = core_.now().mono + core_.config.limits.replace_seconds;
  frame_.clear();
  wire::PingEvent{}.encode(frame_);
  core_.lines.send(*line, frame_);
  core_.deadlines.arm(*line->challenge, line->id, Due::claim);
}

void LocalRouter::refuse_claim(Line& line) {
  line.challenge.reset();
  const domain::Session* session = core_.sessions.find(line.session);
  if (!session) return;
  if (auto claim = claims_.extract(session->user)) claim.mapped()(false);
}

void LocalRouter::grant_claim(Line& line) {
  if (!line.challenge || core_.now().mono < *line.challenge) return;
  // It is we who do not read: the sign of life may wait in the socket.
  if (!Lines::is_read(line)) {
    line.challenge = core_.now().mono + core_.config.limits.replace_seconds;
    return core_.deadlines.arm(*line.challenge, line.id, Due::claim);
  }
  if (const domain::Session* session = core_.sessions.find(line.session)) {
    core_.journal.note(
        {.notice = Notice::replaced, .connection = line.id, .user = core_.directory.name_of(session->user)});
  }
  core_.met(&Limits::replace_seconds, line);
  close(line, "replaced");
  core_.lines.end_now(line, CloseReason::replaced);
}

MessageId LocalRouter::position_of(UserId user, MessageId claimed) const {
  if (claimed) return planted(Plant::resume_off_by_one) ? MessageId(claimed.value() - 1) : claimed;
  MessageId position = core_.directory.find(user)->confirmed;
  // What an earlier session was given may still be on its way to the store.
  if (const auto found = confirmations_.find(user); found != confirmations_.end()) {
    position = std::max(position, found->second.wanted);
  }
  return position;
}

std::size_t LocalRouter::waiting(UserId user) const {
  const domain::Session* session = core_.sessions.find_user(user);
  return session && session->settling ? core_.mailboxes.count(user) : 0;
}

domain::Session& LocalRouter::open(Line& line, UserId user, const domain::StoredLogin& login,
                                   const std::optional<Resumption>& resumption) {
  const Moment now = core_.now();
  domain::Session& session = core_.sessions.open(user, line.id, now.mono);
  session.login = login.id;
  session.wants_presence = line.wants_presence;
  line.session = session.id;
  core_.lines.know(line);
  const MessageId position = position_of(user, resumption ? resumption->last : MessageId());
  const bool owes_none = resumption && planted(Plant::resume_without_broadcasts);
  session.feed = domain::Feed(position, owes_none ? newest_ : login.begin, line.wants_acks, line.queued);
  core_.mailboxes.expire(user, core_.offered_since());
  // To a client that resumes all comes again that it does not have, confirmed or not; the store has counted.
  if (resumption) {
    session.waited_up_to = login.waiting > 0 || login.may_wait ? newest_ : MessageId();
  } else {
    session.waited_up_to = core_.mailboxes.newest(user);
  }
  if (session.waited_up_to > position) {
    session.feed.start_behind(session.waited_up_to);
    session.settling = true;
  }
  core_.presence_log.came_online(user);
  core_.deadlines.arm(now.mono + core_.config.idle_timeout, line.id, Due::idle);
  core_.deadlines.arm(now.mono + core_.config.limits.ping_seconds, line.id, Due::silence);
  core_.journal.note({.notice = Notice::logged_in,
                      .connection = line.id,
                      .user = core_.directory.name_of(user),
                      .detail = line.address});
  return session;
}

void LocalRouter::begin_feed(Line& line) {
  domain::Session* session = core_.sessions.find(line.session);
  if (!session) return;
  announce(session->user, true);
  if (!session->settling) return;
  core_.lines.wait(line, Wait::mailbox);
  catch_up(*session);
}

void LocalRouter::close(Line& line, std::string_view why) {
  const domain::Session* session = core_.sessions.find(line.session);
  if (!session) return;
  const UserId user = session->user;
  const Moment now = core_.now();
  core_.store.record_logout(session->login, why, now.wall, [](Result<void>) {});
  if (session->family && why != "logout") core_.entrance.leave(session->family, session->feed.begin());
  if (session->feed.awaits_kernel()) line.parting = std::make_unique<Parting>(user, session->feed);
  core_.sessions.close(session->id);
  line.session = {};
  line.challenge.reset();
  line.deferred.clear();
  core_.presence_log.went_offline(user, now.mono);
  core_.journal.note({.notice = Notice::logged_out,
                      .connection = line.id,
                      .user = core_.directory.name_of(user),
                      .detail = why});
  // Before the others see the user go: a private chat ends first.
  core_.privates.leave(user, why);
  announce(user, false);
  if (auto claim = claims_.extract(user)) claim.mapped()(true);
}

// --- messages

void LocalRouter::deliver(const domain::Message& message) {
  newest_ = message.id;
  domain::Session* session = core_.sessions.find_user(message.to);
  Line* line = session ? core_.lines.find(session->connection) : nullptr;
  if (!line) return;
  if (session->feed.is_live() && session->feed.has_room(feed_limits_)) {
    push(*line, *session, message);
  } else if (count_behind(session->feed); !planted(Plant::dropped_when_behind)) {
    session->feed.missed(message.id);
  }
}

// Once for each time that a reader falls behind, not for each message that waits for it then.
void LocalRouter::count_behind(const domain::Feed& feed) {
  if (!feed.is_live()) return;
  core_.counters.count(feed.unsent() > feed_limits_.unsent_soft ? LimitField(&Limits::send_queue_soft)
                                                                : LimitField(&Limits::unconfirmed_max));
}

void LocalRouter::push(Line& line, domain::Session& session, const domain::Message& message) {
  const bool is_forged = planted(Plant::wrong_sender) && message.id.value() % 64 == 0;
  const std::string_view from = core_.directory.name_of(is_forged ? session.user : message.from);
  frame_.clear();
  if (message.to) {
    wire::MessageEvent{from, message.text, message.id, message.time, message.id <= session.waited_up_to}
        .encode(frame_);
  } else {
    wire::BroadcastEvent{from, message.text, message.id, message.time, false}.encode(frame_);
  }
  session.feed.pushed(message.id, frame_.size(), static_cast<bool>(message.to));
  core_.lines.send_counted(line, frame_);
  if (planted(Plant::double_push) && session.settling) core_.lines.send(line, frame_);
  if (planted(Plant::early_cursor)) confirm(session.user, message.id);
}

void LocalRouter::broadcast(const domain::Message& message) {
  newest_ = message.id;
  frame_.clear();
  wire::BroadcastEvent{core_.directory.name_of(message.from), message.text, message.id, message.time, false}
      .encode(frame_);
  const bool sender_is_refused =
      core_.blocklist.is_refused_by_anyone(message.from) && !planted(Plant::broadcast_to_blocker);
  targets_.clear();
  for (domain::Session& session : core_.sessions.all()) {
    if (!domain::receives_broadcast(core_.blocklist, sender_is_refused, message.from, session.user)) continue;
    if (session.feed.is_live() && session.feed.has_room(feed_limits_)) {
      session.feed.pushed(message.id, frame_.size(), false);
      targets_.push_back(session.connection);
    } else {
      count_behind(session.feed);
      session.feed.missed(message.id);
    }
  }
  core_.lines.multicast_counted(targets_, frame_);
}

void LocalRouter::on_written(Line& line, std::uint64_t total) {
  domain::Session* session = core_.sessions.find(line.session);
  if (session) {
    if (const MessageId handed_over = session->feed.count_written(total)) confirm(session->user, handed_over);
    if (!session->feed.is_live()) catch_up(*session);
  } else if (line.parting) {
    if (const MessageId handed_over = line.parting->feed.count_written(total)) {
      confirm(line.parting->user, handed_over);
    }
  }
}

void LocalRouter::acknowledge(domain::Session& session, MessageId up_to, Completion<Result<void>> done) {
  if (planted(Plant::far_cursor)) up_to = session.feed.position();
  session.feed.confirmed(up_to);
  const UserId user = session.user;
  if (!session.feed.is_live()) catch_up(session);
  if (!done) return confirm(user, up_to);
  core_.store.confirm(user, up_to, [this, user, up_to, done = std::move(done)](Result<void> stored) mutable {
    if (stored) confirmed(user, up_to);
    done(std::move(stored));
  });
}

// One confirmation of a user at a time is under way; what comes meanwhile is gathered. So a reader of many
// messages costs the store one write a commit, not one a message.
void LocalRouter::confirm(UserId user, MessageId up_to) {
  const domain::Account* account = core_.directory.find(user);
  if (!account || up_to <= account->confirmed) return;
  Confirmation& confirmation = confirmations_[user];
  confirmation.wanted = std::max(confirmation.wanted, up_to);
  if (!confirmation.under_way) keep_back(user, confirmation);
}

void LocalRouter::keep_back(UserId user, Confirmation& confirmation) {
  if (!std::exchange(confirmation.kept_back, true)) kept_back_.push_back(user);
  confirms_at_ = std::min(confirms_at_, core_.now().mono + kConfirmAfter);
  if (core_.stopping) send_confirmations();
}

void LocalRouter::send_confirmations() {
  confirms_at_ = kNever;
  for (const UserId user : std::exchange(kept_back_, {})) send_confirmation(user);
}

void LocalRouter::send_confirmation(UserId user) {
  Confirmation& confirmation = confirmations_[user];
  confirmation.under_way = true;
  confirmation.kept_back = false;
  const MessageId up_to = confirmation.wanted;
  core_.store.confirm(user, up_to, [this, user, up_to](Result<void> stored) {
    if (stored) confirmed(user, up_to);
    Confirmation& now = confirmations_[user];
    // A failed one is not tried again by itself: the message is offered again at the next login, and is
    // harmless.
    if (!stored || now.wanted <= up_to) {
      confirmations_.erase(user);
      return;
    }
    now.under_way = false;
    keep_back(user, now);
  });
}

void LocalRouter::confirmed(UserId user, MessageId up_to) {
  if (domain::Account* account = core_.directory.edit(user))
    account->confirmed = std::max(account->confirmed, up_to);
  core_.mailboxes.confirm(user, up_to);
}

// --- catching up

void LocalRouter::catch_up(domain::Session& session) {
  domain::Feed& feed = session.feed;
  if (feed.is_live() || feed.is_fetching() || !feed.has_room(feed_limits_)) return;
  feed.begin_fetch();
  core_.store.fetch(
      {.reader = session.user,
       .after = feed.position(),
       .broadcasts_after = feed.begin(),
       .not_before = core_.offered_since(),
       .count_max = kPageRows,
       .bytes_max = feed_limits_.unsent_soft},
      [this, id = session.id](Result<domain::FetchedPage> page) { on_page(id, std::move(page)); });
}

void LocalRouter::on_page(SessionId id, Result<domain::FetchedPage> page) {
  domain::Session* session = core_.sessions.find(id);
  Line* line = session ? core_.lines.find(session->connection) : nullptr;
  if (!line) return;
  if (!page) {
    core_.journal.note({.notice = Notice::store_failed,
                        .connection = line->id,
                        .detail = "fetch",
                        .code = page.error().code});
    session->feed.end_fetch(session->feed.position(), false, true);
    core_.deadlines.arm(core_.now().mono + kRefetchAfter, line->id, Due::refetch);
    return;
  }
  if (planted(Plant::swapped_page) && page->messages.size() > 1) {
    std::swap(page->messages[0], page->messages[1]);
    std::swap(page->messages[0].id, page->messages[1].id);
  }
  if (planted(Plant::skipped_refetch) && page->messages.size() > 1)
    page->messages.erase(page->messages.begin());
  work_off(*line, *session, *page);
  after_page(*line, *session);
}

void LocalRouter::work_off(Line& line, domain::Session& session, const domain::FetchedPage& page) {
  domain::Feed& feed = session.feed;
  for (const domain::Message& message : page.messages) {
    // Asked again from the position reached; what was read in vain is a page at most.
    if (!feed.has_room(feed_limits_)) return feed.end_fetch(feed.position(), false, true);
    if (message.id <= feed.position()) continue;
    push(line, session, message);
  }
  feed.end_fetch(page.up_to, true, page.more);
}

void LocalRouter::after_page(Line& line, domain::Session& session) {
  if (session.feed.is_live() && session.settling) {
    session.settling = false;
    core_.lines.send(line, std::exchange(line.deferred, {}));
  }
  // A client that has to acknowledge, or to read, before it gets more must be heard.
  if (session.feed.is_live() || !session.feed.has_room(feed_limits_)) core_.lines.go_on(line, Wait::mailbox);
  catch_up(session);
}

// --- presence

void LocalRouter::announce(UserId user, bool online) {
  if (core_.stopping) return;  // everybody is told of the shutdown, not of each other's leaving
  frame_.clear();
  wire::PresenceEvent{core_.directory.name_of(user), online}.encode(frame_);
  targets_.clear();
  for (domain::Session& session : core_.sessions.all()) {
    if (!session.wants_presence || !domain::may_see(core_.blocklist, session.user, user)) continue;
    if (session.settling) {
      // Behind the messages that waited. Presence is best effort: a reader that far behind asks whoelse.
      Line* line = core_.lines.find(session.connection);
      if (line && line->deferred.size() < feed_limits_.unsent_soft) line->deferred += frame_;
    } else if (session.feed.unsent() <= feed_limits_.unsent_soft) {
      session.feed.count_queued(frame_.size());
      targets_.push_back(session.connection);
    }
  }
  core_.lines.multicast_counted(targets_, frame_);
}

}  // namespace sockchat::server_core
