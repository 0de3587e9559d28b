#include "sockchat/storage/memory_store.h"

#include <algorithm>
#include <set>
#include <utility>

#include "sockchat/base/check.h"

namespace sockchat::storage {

using domain::Accepted;
using domain::Account;
using domain::Message;

struct MemoryStore::Tables {
  struct Cid {
    UserId from;
    std::string cid;
    auto operator<=>(const Cid&) const = default;
  };
  struct Stored {
    Message message;
    std::string cid;
  };
  Tables(Executor& an_executor, MemoryStoreLimits given) : executor(an_executor), limits(given) {}

  template <class T>
  void answer(Completion<Result<T>> done, Result<T> result) {
    ++in_flight;
    executor.post([this, done = std::move(done), result = std::move(result)]() mutable {
      --in_flight;
      done(std::move(result));
    });
  }
  [[nodiscard]] bool is_full() const { return in_flight >= limits.queue_max; }

  [[nodiscard]] const Stored* find(MessageId id) const {
    if (messages.empty() || id < messages.front().message.id || id > messages.back().message.id)
      return nullptr;
    // Ids have no gaps, and only the oldest are forgotten.
    return &messages[id.value() - messages.front().message.id.value()];
  }
  Result<std::optional<Accepted>> accepted(const domain::NewMessage& message) const;
  bool make_room();

  Executor& executor;
  const MemoryStoreLimits limits;
  std::size_t in_flight = 0;
  std::uint64_t last_message = 0;
  std::uint64_t last_user = 0;
  std::uint64_t last_login = 0;
  std::deque<Stored> messages;
  std::map<Cid, MessageId> cids;
  std::map<UserId, std::deque<MessageId>> received;  // direct messages; under none: broadcasts
  std::map<UserId, Account> accounts;
  std::map<std::string, UserId, std::less<>> names;
  std::set<std::pair<UserId, UserId>> blocks;
  std::map<domain::NameDigest, domain::LockoutRecord> lockouts;
  std::map<LoginId, UserId> open_logins;
  std::map<UserId, WallTime> logouts;  // the last one: nothing here grows with the number of logins
};

Result<std::optional<Accepted>> MemoryStore::Tables::accepted(const domain::NewMessage& message) const {
  if (message.cid.empty()) return std::nullopt;
  const auto found = cids.find(Cid{message.from, message.cid});
  if (found == cids.end()) return std::nullopt;
  const Stored* first = find(found->second);
  SOCKCHAT_CHECK(first);
  if (first->message.to != message.to || first->message.text != message.text) return fail(Errc::cid_reused);
  return Accepted{.id = first->message.id, .time = first->message.time, .repeated = true};
}

// Forgets the oldest message, unless its recipient still has to get it.
bool MemoryStore::Tables::make_room() {
  if (messages.size() < limits.messages_max) return true;
  const Stored& oldest = messages.front();
  if (oldest.message.to) {
    const auto recipient = accounts.find(oldest.message.to);
    if (recipient != accounts.end() && recipient->second.confirmed < oldest.message.id) return false;
  }
  if (!oldest.cid.empty()) cids.erase(Cid{oldest.message.from, oldest.cid});
  received[oldest.message.to].pop_front();
  messages.pop_front();
  return true;
}

MemoryStore::MemoryStore(Executor& executor, MemoryStoreLimits limits)
    : tables_(std::make_unique<Tables>(executor, limits)) {}

MemoryStore::~MemoryStore() = default;

void MemoryStore::append(domain::NewMessage message, Completion<Result<Accepted>> done) {
  Tables& tables = *tables_;
  if (tables.is_full()) return tables.answer<Accepted>(std::move(done), fail(Errc::busy));
  Result<std::optional<Accepted>> before = tables.accepted(message);
  if (!before) return tables.answer<Accepted>(std::move(done), tl::unexpected(before.error()));
  if (*before) return tables.answer<Accepted>(std::move(done), **before);
  if (!tables.make_room())
    return tables.answer<Accepted>(std::move(done), fail(Errc::storage, "memory is full"));
  const MessageId id(++tables.last_message);
  const WallTime time = message.time;
  if (!message.cid.empty()) tables.cids.emplace(Tables::Cid{message.from, message.cid}, id);
  tables.received[message.to].push_back(id);
  tables.messages.push_back(
      {.message =
           {.id = id, .from = message.from, .to = message.to, .text = std::move(message.text), .time = time},
       .cid = std::move(message.cid)});
  tables.answer<Accepted>(std::move(done), Accepted{.id = id, .time = time, .repeated = false});
}

void MemoryStore::find_accepted(domain::NewMessage message,
                                Completion<Result<std::optional<Accepted>>> done) {
  if (tables_->is_full()) return tables_->answer<std::optional<Accepted>>(std::move(done), fail(Errc::busy));
  tables_->answer<std::optional<Accepted>>(std::move(done), tables_->accepted(message));
}

void MemoryStore::fetch(domain::FetchRange range, Completion<Result<domain::FetchedPage>> done) {
  Tables& tables = *tables_;
  if (tables.is_full()) return tables.answer<domain::FetchedPage>(std::move(done), fail(Errc::busy));
  const auto behind = [](const std::deque<MessageId>& ids, MessageId after) {
    return std::pair(std::ranges::upper_bound(ids, after), ids.end());
  };
  auto [direct, direct_end] = behind(tables.received[range.reader], range.after);
  auto [all, all_end] = behind(tables.received[UserId()], std::max(range.after, range.broadcasts_after));
  domain::FetchedPage page{.messages = {}, .up_to = range.after, .more = false};
  std::size_t bytes = 0;
  while (direct != direct_end || all != all_end) {
    const bool take_direct = all == all_end || (direct != direct_end && *direct < *all);
    const Message& message = tables.find(take_direct ? *direct : *all)->message;
    const bool offered = message.time >= range.not_before;
    const bool fits = page.messages.empty() || (page.messages.size() < range.count_max &&
                                                bytes + message.text.size() <= range.bytes_max);
    if (offered && !fits) {
      page.more = true;
      break;
    }
    if (offered) {
      page.messages.push_back(message);
      bytes += message.text.size();
    }
    page.up_to = message.id;
    ++(take_direct ? direct : all);
  }
  tables.answer<domain::FetchedPage>(std::move(done), std::move(page));
}

void MemoryStore::confirm(UserId reader, MessageId up_to, Completion<Result<void>> done) {
  if (tables_->is_full()) return tables_->answer<void>(std::move(done), fail(Errc::busy));
  if (const auto account = tables_->accounts.find(reader); account != tables_->accounts.end()) {
    account->second.confirmed = std::max(account->second.confirmed, up_to);
  }
  tables_->answer<void>(std::move(done), {});
}

void MemoryStore::load(WallTime now, WallTime waiting_not_before, Completion<Result<domain::Snapshot>> done) {
  Tables& tables = *tables_;
  domain::Snapshot snapshot;
  for (const auto& [id, account] : tables.accounts) snapshot.accounts.push_back(account);
  for (const auto& [owner, target] : tables.blocks)
    snapshot.blocks.push_back({.owner = owner, .target = target});
  for (const auto& [name, record] : tables.lockouts) snapshot.lockouts.push_back(record);
  for (const Tables::Stored& stored : tables.messages) {
    const Message& message = stored.message;
    const auto account = tables.accounts.find(message.to);
    if (account == tables.accounts.end() || message.id <= account->second.confirmed) continue;
    if (message.time < waiting_not_before) continue;
    snapshot.waiting.push_back({.user = message.to,
                                .message = message.id,
                                .bytes = static_cast<std::uint32_t>(message.text.size()),
                                .time = message.time});
  }
  for (const auto& [login, user] : std::exchange(tables.open_logins, {})) tables.logouts[user] = now;
  for (const auto& [user, time] : tables.logouts) snapshot.logouts.push_back({.user = user, .time = time});
  snapshot.newest = MessageId(tables.last_message);
  tables.answer<domain::Snapshot>(std::move(done), std::move(snapshot));
}

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
  tables.names.emplace(account.name.text(), account.id);
  tables.accounts.emplace(account.id, account);
  tables.answer<Account>(std::move(done), std::move(account));
}

void MemoryStore::set_password(UserId user, std::string password_hash, Completion<Result<void>> done) {
  if (tables_->is_full()) return tables_->answer<void>(std::move(done), fail(Errc::busy));
  const auto account = tables_->accounts.find(user);
  if (account != tables_->accounts.end()) account->second.password_hash = std::move(password_hash);
  tables_->answer<void>(std::move(done), {});
}

void MemoryStore::set_blocked(domain::BlockRecord block, bool blocked, Completion<Result<void>> done) {
  if (tables_->is_full()) return tables_->answer<void>(std::move(done), fail(Errc::busy));
  if (blocked) {
    tables_->blocks.emplace(block.owner, block.target);
  } else {
    tables_->blocks.erase({block.owner, block.target});
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

void MemoryStore::record_login(UserId user, std::string, WallTime now, Completion<Result<LoginId>> done) {
  if (tables_->is_full()) return tables_->answer<LoginId>(std::move(done), fail(Errc::busy));
  const LoginId id(++tables_->last_login);
  tables_->open_logins.emplace(id, user);
  if (const auto account = tables_->accounts.find(user); account != tables_->accounts.end()) {
    account->second.last_login = now;
    account->second.failures_since = 0;
  }
  tables_->answer<LoginId>(std::move(done), id);
}

void MemoryStore::record_logout(LoginId login, std::string_view, WallTime now,
                                Completion<Result<void>> done) {
  if (tables_->is_full()) return tables_->answer<void>(std::move(done), fail(Errc::busy));
  if (const auto open = tables_->open_logins.extract(login)) tables_->logouts[open.mapped()] = now;
  tables_->answer<void>(std::move(done), {});
}

// Nobody else can work on the memory of this process.
void MemoryStore::watch_accounts(Completion<domain::AccountChanges>) {}

std::size_t MemoryStore::in_flight() const { return tables_->in_flight; }

}  // namespace sockchat::storage
