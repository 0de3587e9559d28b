#include <algorithm>
#include <utility>

#include "storage/memory_tables.h"

namespace sockchat::storage {
namespace {

using domain::Account;

constexpr std::size_t kLoginsMax = 200;  // of a user, that are known

}  // namespace

// --- the start

void MemoryStore::load(domain::LoadQuery query, Completion<Result<domain::Snapshot>> done) {
  Tables& tables = *tables_;
  domain::Snapshot snapshot;
  tables.close_logins(query.now);
  for (const auto& [id, account] : tables.accounts) {
    snapshot.accounts.push_back(account);
    if (const auto found = tables.confirmed.find(id); found != tables.confirmed.end())
      snapshot.accounts.back().confirmed = found->second;
  }
  tables.load_waiting(query.waiting_not_before, snapshot);
  tables.load_tokens(query, snapshot);
  for (const auto& [target, owners] : tables.refused_by)
    for (const UserId owner : owners) snapshot.blocks.push_back({.owner = owner, .target = target});
  for (const auto& [name, record] : tables.lockouts) snapshot.lockouts.push_back(record);
  for (const auto& [user, time] : tables.logouts) snapshot.logouts.push_back({.user = user, .time = time});
  snapshot.newest = MessageId(tables.last_message);
  tables.answer<domain::Snapshot>(std::move(done), std::move(snapshot));
}

void MemoryStore::Tables::close_logins(WallTime now) {
  for (const LoginId id : std::exchange(open_logins, {})) {
    Login& login = logins.at(id);
    login.record.logout = std::max(login.record.login, now);
    login.record.reason = "crash";
    logouts[login.user] = now;
  }
}

void MemoryStore::Tables::load_waiting(WallTime not_before, domain::Snapshot& snapshot) const {
  for (const Account& account : snapshot.accounts) {
    const Inbox& ids = inbox(account.id);
    for (auto next = std::ranges::upper_bound(ids, account.confirmed); next != ids.end(); ++next) {
      const domain::Message& message = messages.at(*next).message;
      if (message.time < not_before) continue;
      snapshot.waiting.push_back(
          {account.id, message.id, static_cast<std::uint32_t>(message.text.size()), message.time});
    }
  }
}

void MemoryStore::Tables::load_tokens(const domain::LoadQuery& query, domain::Snapshot& snapshot) {
  std::erase_if(tokens, [&](const auto& entry) {
    const auto account = accounts.find(entry.second.user);
    return entry.second.issued < query.tokens_not_before || account == accounts.end() ||
           account->second.removed;
  });
  std::set<LoginId> with_tokens;
  for (const auto& [digest, token] : tokens) {
    snapshot.tokens.push_back(token);
    with_tokens.insert(token.login);
  }
  for (const LoginId id : with_tokens) {
    const auto found = logins.find(id);
    if (found == logins.end()) continue;
    const Login& login = found->second;
    if (!login.record.logout || *login.record.logout < query.absent_since) continue;
    snapshot.absences.push_back(
        {.login = id, .user = login.user, .begin = login.begin, .left = *login.record.logout});
  }
}

// --- accounts

void MemoryStore::add_account(domain::UserName name, std::string password_hash, WallTime,
                              Completion<Result<Account>> done) {
  Tables& tables = *tables_;
  if (tables.is_full()) return tables.answer<Account>(std::move(done), fail(Errc::busy));
  if (tables.names.contains(name.text()))
    return tables.answer<Account>(std::move(done), fail(Errc::name_taken));
  Account account{.id = UserId(++tables.last_user),
                  .name = std::move(name),
                  .password_hash = std::move(password_hash),
                  .removed = false,
                  .confirmed = {},
                  .last_login = std::nullopt,
                  .failures_since = 0};
  tables.names.insert(account.name.text());
  tables.accounts.emplace(account.id, account);
  tables.answer<Account>(std::move(done), std::move(account));
}

void MemoryStore::set_password(UserId user, std::string password_hash, std::vector<domain::TokenDigest> drops,
                               Completion<Result<void>> done) {
  if (tables_->is_full()) return tables_->answer<void>(std::move(done), fail(Errc::busy));
  const auto account = tables_->accounts.find(user);
  if (account != tables_->accounts.end()) account->second.password_hash = std::move(password_hash);
  tables_->drop(drops);
  tables_->answer<void>(std::move(done), {});
}

void MemoryStore::drop_tokens(std::vector<domain::TokenDigest> drops, Completion<Result<void>> done) {
  if (tables_->is_full()) return tables_->answer<void>(std::move(done), fail(Errc::busy));
  tables_->drop(drops);
  tables_->answer<void>(std::move(done), {});
}

void MemoryStore::Tables::drop(const std::vector<domain::TokenDigest>& tokens_to_drop) {
  for (const domain::TokenDigest& digest : tokens_to_drop) tokens.erase(digest);
}

void MemoryStore::set_blocked(domain::BlockRecord block, bool blocked, Completion<Result<void>> done) {
  if (tables_->is_full()) return tables_->answer<void>(std::move(done), fail(Errc::busy));
  if (blocked) {
    tables_->refused_by[block.target].insert(block.owner);
  } else if (const auto found = tables_->refused_by.find(block.target); found != tables_->refused_by.end()) {
    found->second.erase(block.owner);
    if (found->second.empty()) tables_->refused_by.erase(found);
  }
  tables_->answer<void>(std::move(done), {});
}

void MemoryStore::save_lockout(domain::LockoutRecord record, Completion<Result<void>> done) {
  if (tables_->is_full()) return tables_->answer<void>(std::move(done), fail(Errc::busy));
  if (record.failures == 0 && !record.locked_until) {
    tables_->lockouts.erase(record.name);
  } else {
    tables_->lockouts[record.name] = record;
  }
  tables_->answer<void>(std::move(done), {});
}

void MemoryStore::count_failure(UserId user, Completion<Result<void>> done) {
  if (tables_->is_full()) return tables_->answer<void>(std::move(done), fail(Errc::busy));
  const auto account = tables_->accounts.find(user);
  if (account != tables_->accounts.end()) ++account->second.failures_since;
  tables_->answer<void>(std::move(done), {});
}

// --- logins

void MemoryStore::record_login(domain::NewLogin login, Completion<Result<domain::StoredLogin>> done) {
  Tables& tables = *tables_;
  if (tables.is_full()) return tables.answer<domain::StoredLogin>(std::move(done), fail(Errc::busy));
  const LoginId id(++tables.last_login);
  const MessageId begin = login.begin.value_or(MessageId(tables.last_message));
  tables.drop(login.drops);
  if (login.token) {
    tables.tokens[*login.token] = {.digest = *login.token,
                                   .user = login.user,
                                   .family = login.family ? login.family : id,
                                   .login = id,
                                   .issued = login.time};
  }
  if (const auto account = tables.accounts.find(login.user); account != tables.accounts.end()) {
    account->second.last_login = login.time;
    account->second.failures_since = 0;
  }
  const domain::StoredLogin stored{.id = id, .begin = begin, .waiting = tables.count_waiting(login, begin)};
  tables.keep_login(
      id,
      {.user = login.user,
       .begin = begin,
       .record = {
           .login = login.time, .logout = std::nullopt, .reason = {}, .address = std::move(login.address)}});
  tables.answer<domain::StoredLogin>(std::move(done), stored);
}

// Open ones stay, however many there are: somebody will close them.
void MemoryStore::Tables::keep_login(LoginId id, Login login) {
  std::deque<LoginId>& known = logins_of[login.user];
  known.push_back(id);
  if (known.size() > kLoginsMax) {
    const auto oldest =
        std::ranges::find_if(known, [this](LoginId one) { return !open_logins.contains(one); });
    if (*oldest != id) {
      logins.erase(*oldest);
      known.erase(oldest);
    }
  }
  logins.emplace(id, std::move(login));
  open_logins.insert(id);
}

std::uint64_t MemoryStore::Tables::count_waiting(const domain::NewLogin& login, MessageId begin) const {
  if (!login.count_after) return 0;
  Walk walk(*this, login.user, *login.count_after, begin);
  std::uint64_t count = 0;
  while (count < login.count_max) {
    const Stored* next = walk.next();
    if (!next) break;
    if (next->message.time >= login.count_not_before && is_for(login.user, *next)) ++count;
  }
  return count;
}

void MemoryStore::record_logout(LoginId login, std::string_view reason, WallTime now,
                                Completion<Result<void>> done) {
  Tables& tables = *tables_;
  if (tables.is_full()) return tables.answer<void>(std::move(done), fail(Errc::busy));
  if (tables.open_logins.erase(login) > 0) {
    Tables::Login& closed = tables.logins.at(login);
    closed.record.logout = std::max(closed.record.login, now);
    closed.record.reason = reason;
    tables.logouts[closed.user] = now;
  }
  tables.answer<void>(std::move(done), {});
}

}  // namespace sockchat::storage
