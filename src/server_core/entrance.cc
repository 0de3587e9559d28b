#include "server_core/entrance.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "server_core/core.h"
#include "server_core/replies.h"
#include "sockchat/base/check.h"
#include "sockchat/base/planted.h"

namespace sockchat::server_core {
namespace {
// Waiting messages of a resumed session are counted up to here: as many as a mailbox holds by default.
constexpr std::size_t kCountMax = 10'000;
}  // namespace

Entrance::Entrance(Core& core) : core_(core), absences_(core.config.limits.dead_seconds) {}

void Entrance::restore(const domain::Snapshot& snapshot) {
  for (const domain::TokenRecord& token : snapshot.tokens) tokens_.add(token);
  // As if they had just ended: how long a crash has taken is not known, and a restart is quick. Of a family
  // the newest login decides.
  std::vector<domain::AbsenceRecord> absences = snapshot.absences;
  std::ranges::sort(absences, {}, &domain::AbsenceRecord::login);
  std::unordered_map<LoginId, LoginId> families;
  for (const domain::TokenRecord& token : snapshot.tokens) families.emplace(token.login, token.family);
  for (const domain::AbsenceRecord& absence : absences) {
    const auto family = families.find(absence.login);
    if (family == families.end()) continue;
    absences_.add(family->second, {absence.begin, core_.now().mono});
  }
}

Result<UserId> Entrance::owner_of(const domain::TokenDigest& token) const {
  const domain::TokenRecord* record = tokens_.find(token, tokens_not_before());
  const domain::Account* account = record ? core_.directory.find(record->user) : nullptr;
  if (!account || account->removed) return fail(Errc::bad_token);
  return account->id;
}

void Entrance::enter(Entry entry) {
  const UserId user = entry.user;
  std::deque<Entry>& queue = entries_[user];
  queue.push_back(std::move(entry));
  if (queue.size() == 1) start(user);
}

void Entrance::start(UserId user) {
  starting_.push_back(user);
  if (std::exchange(is_starting_, true)) return;
  while (!starting_.empty()) {
    const UserId next = starting_.back();
    starting_.pop_back();
    core_.router.claim(next, [this, next](bool granted) {
      if (granted) return store(next);
      finish(next, fail(Errc::already_online));
    });
  }
  is_starting_ = false;
}

void Entrance::store(UserId user) {
  const Entry& entry = entries_.at(user).front();
  const Line* line = core_.lines.find(entry.connection);
  if (!line || line->ending) return finish(user, fail(Errc::busy));
  // Something may have killed it while it waited.
  if (entry.resumption && !owner_of(entry.resumption->presented)) return finish(user, fail(Errc::bad_token));
  Granted granted = grant(*line, entry);
  domain::NewLogin login{.user = user,
                         .address = line->address,
                         .time = core_.now().wall,
                         .begin = std::nullopt,
                         .token = std::nullopt,
                         .family = granted.family,
                         .drops = granted.drops,
                         .count_after = std::nullopt,
                         .count_not_before = core_.offered_since(),
                         .count_max = kCountMax};
  if (granted.absence) login.begin = granted.absence->begin;
  if (!granted.token.empty()) login.token = granted.digest;
  if (entry.resumption) login.count_after = core_.router.position_of(user, entry.resumption->last);
  core_.store.record_login(std::move(login), [this, user, granted = std::move(granted)](
                                                 Result<domain::StoredLogin> stored) mutable {
    on_stored(user, std::move(granted), std::move(stored));
  });
}

Entrance::Granted Entrance::grant(const Line& line, const Entry& entry) {
  Granted granted;
  if (!entry.resumption && !line.wants_token) return granted;
  granted.token = core_.token_source.fresh_token();
  granted.digest = core_.token_source.token_digest(granted.token.reveal());
  if (!entry.resumption) {
    granted.drops = tokens_.surplus(entry.user, tokens_not_before());
    add_undropped(entry.user, granted.drops);
    return granted;
  }
  granted.family = tokens_.find(entry.resumption->presented, tokens_not_before())->family;
  granted.absence = absences_.take(granted.family, core_.now().mono);
  if (planted(Plant::never_resumed)) granted.absence.reset();
  // The presented one stays until the client has shown that it has the new one.
  granted.drops = tokens_.of_family(entry.user, granted.family, entry.resumption->presented);
  add_undropped(entry.user, granted.drops);
  return granted;
}

void Entrance::on_stored(UserId user, Granted granted, Result<domain::StoredLogin> login) {
  const Entry& entry = entries_.at(user).front();
  if (!login) {
    if (granted.absence) absences_.add(granted.family, *granted.absence);
    return finish(user, tl::unexpected(login.error()));
  }
  if (!granted.token.empty()) note_tokens(entry, granted, login->id);
  Line* line = core_.lines.find(entry.connection);
  const domain::Account* account = core_.directory.find(user);
  // A new password may have killed it meanwhile, and has not known of the one that takes its place.
  const bool is_revoked = entry.resumption && !owner_of(entry.resumption->presented);
  if (!line || line->ending || account->removed || is_revoked) {
    core_.store.record_logout(login->id, "gone", core_.now().wall, [](Result<void>) {});
    if (!granted.token.empty()) drop(user, {granted.digest}, [](Result<void>) {});
    if (granted.absence) absences_.add(granted.family, *granted.absence);
    // The password was right: it is the account that has gone, or the server that stops.
    const Errc gone = entry.resumption ? Errc::bad_token : Errc::bad_credentials;
    return finish(user, fail(account->removed || is_revoked ? gone : Errc::busy));
  }
  open(*line, entry, granted, *login);
}

void Entrance::note_tokens(const Entry& entry, const Granted& granted, LoginId login) {
  tokens_.drop(granted.drops);
  forget_undropped(entry.user, granted.drops);
  tokens_.add({.digest = granted.digest,
               .user = entry.user,
               .family = granted.family ? granted.family : login,
               .login = login,
               .issued = core_.now().wall});
}

void Entrance::open(Line& line, const Entry& entry, const Granted& granted,
                    const domain::StoredLogin& login) {
  const UserId user = entry.user;
  domain::Session& session = core_.router.open(line, user, login, entry.resumption);
  if (!granted.token.empty()) session.family = granted.family ? granted.family : login.id;
  line.resumed = entry.resumption.has_value();
  encode_ok(entry, granted, login);
  finish(user, std::string_view(core_.scratch));
}

void Entrance::encode_ok(const Entry& entry, const Granted& granted, const domain::StoredLogin& login) {
  domain::Account& account = *core_.directory.edit(entry.user);
  const std::optional<WallTime> last_login = std::exchange(account.last_login, core_.now().wall);
  const std::uint32_t failures = std::exchange(account.failures_since, 0);
  core_.scratch.clear();
  wire::FrameWriter writer(core_.scratch);
  begin_ok(writer, entry.command, entry.id);
  writer.begin_list("data").item(account.name.text()).end_list();
  if (last_login) {
    writer.time("last_login", *last_login);
  } else {
    writer.null("last_login");
  }
  writer.number("failed", failures);
  writer.number("waiting", entry.resumption ? login.waiting : core_.router.waiting(entry.user));
  if (!granted.token.empty()) writer.text("token", granted.token.reveal());
  if (entry.resumption) writer.flag("resumed", granted.absence.has_value());
  writer.finish();
}

void Entrance::finish(UserId user, Result<std::string_view> outcome) {
  const auto queue = entries_.find(user);
  Entry entry = std::move(queue->second.front());
  queue->second.pop_front();
  const bool another = !queue->second.empty();
  if (!another) entries_.erase(queue);
  entry.answer(outcome);
  if (another) start(user);
}

// --- tokens

void Entrance::spend_replaced(UserId user, LoginId family) {
  std::vector<domain::TokenDigest> dying = tokens_.replaced(user, family);
  if (!dying.empty()) drop(user, std::move(dying), [](Result<void>) {});
}

void Entrance::end_family(UserId user, LoginId family, Completion<Result<void>> done) {
  absences_.forget(family);
  drop(user, tokens_.of_family(user, family), std::move(done));
}

void Entrance::leave(LoginId family, MessageId begin) { absences_.add(family, {begin, core_.now().mono}); }

std::vector<domain::TokenDigest> Entrance::others(UserId user, LoginId but_family) const {
  std::vector<domain::TokenDigest> dying = tokens_.of_user(user, but_family);
  add_undropped(user, dying);
  return dying;
}

void Entrance::drop(UserId user, std::vector<domain::TokenDigest> tokens, Completion<Result<void>> done) {
  tokens_.drop(tokens);
  // From now on, and not from a failure on: it must not be told that all are gone while this may still fail.
  undropped_[user].insert(tokens.begin(), tokens.end());
  tokens.assign(undropped_[user].begin(), undropped_[user].end());
  core_.store.drop_tokens(tokens, [this, user, tokens, done = std::move(done)](Result<void> stored) mutable {
    if (stored) forget_undropped(user, tokens);
    if (!stored) {
      core_.journal.note(
          {.notice = Notice::store_failed, .detail = "drop_tokens", .code = stored.error().code});
    }
    done(std::move(stored));
  });
}

void Entrance::forget_undropped(UserId user, std::span<const domain::TokenDigest> tokens) {
  const auto found = undropped_.find(user);
  if (found == undropped_.end()) return;
  for (const domain::TokenDigest& token : tokens) found->second.erase(token);
  if (found->second.empty()) undropped_.erase(found);
}

void Entrance::add_undropped(UserId user, std::vector<domain::TokenDigest>& dying) const {
  const auto found = undropped_.find(user);
  if (found != undropped_.end()) dying.insert(dying.end(), found->second.begin(), found->second.end());
}

WallTime Entrance::tokens_not_before() const { return core_.wall_before(core_.config.limits.token_days); }

}  // namespace sockchat::server_core
