#include "sockchat/storage/memory_store.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "sockchat/base/check.h"

namespace sockchat::storage {

using domain::Accepted;
using domain::Account;
using domain::Message;
using domain::NewMessage;

struct MemoryStore::Tables {
  struct Stored {
    Message message;
    std::string cid;
  };
  // Looks into the stored message: a cid is held once, and asked for without a copy.
  struct ByCid {
    using is_transparent = void;
    static auto key(const Stored* stored) {
      return std::pair(stored->message.from, std::string_view(stored->cid));
    }
    static auto key(const NewMessage& message) {
      return std::pair(message.from, std::string_view(message.cid));
    }
    bool operator()(const auto& left, const auto& right) const { return key(left) < key(right); }
  };
  // Ids, ascending: what a user was sent, or the broadcasts.
  using Inbox = std::deque<MessageId>;

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

  [[nodiscard]] Result<std::optional<Accepted>> accepted(const NewMessage& message) const;
  [[nodiscard]] bool make_room();
  void keep(MessageId id, NewMessage message);
  void confirm(UserId reader, MessageId up_to);
  [[nodiscard]] const Inbox& inbox(UserId reader) const;

  Executor& executor;
  const MemoryStoreLimits limits;
  std::size_t in_flight = 0;
  std::uint64_t last_message = 0;
  std::uint64_t last_user = 0;
  std::uint64_t last_login = 0;
  std::unordered_map<MessageId, Stored> messages;  // whose nodes stay where they are
  std::set<const Stored*, ByCid> cids;
  std::unordered_map<UserId, Inbox> inboxes;  // under none: broadcasts
  std::unordered_map<UserId, MessageId> confirmed;
  std::deque<MessageId> forgettable;  // of each inbox its front, in order
  std::map<UserId, Account> accounts;
  std::set<std::string> names;
  std::set<std::pair<UserId, UserId>> blocks;
  std::map<domain::NameDigest, domain::LockoutRecord> lockouts;
  std::map<LoginId, UserId> open_logins;
  std::map<UserId, WallTime> logouts;  // the last one: nothing here grows with the number of logins
  Completion<domain::AccountChanges> watcher;
};

Result<std::optional<Accepted>> MemoryStore::Tables::accepted(const NewMessage& message) const {
  if (message.cid.empty()) return std::nullopt;
  const auto found = cids.find(message);
  if (found == cids.end()) return std::nullopt;
  const Message& first = (*found)->message;
  if (first.to != message.to || first.text != message.text) return fail(Errc::cid_reused);
  return Accepted{.id = first.id, .time = first.time, .repeated = true};
}

bool MemoryStore::Tables::make_room() {
  if (messages.size() < limits.messages_max) return true;
  if (forgettable.empty()) return false;
  const auto oldest = messages.find(forgettable.front());
  SOCKCHAT_CHECK(oldest != messages.end());
  const auto holder = inboxes.find(oldest->second.message.to);
  SOCKCHAT_CHECK(holder != inboxes.end() && holder->second.front() == oldest->first);
  holder->second.pop_front();
  if (holder->second.empty()) inboxes.erase(holder);
  if (!oldest->second.cid.empty()) cids.erase(&oldest->second);
  messages.erase(oldest);
  forgettable.pop_front();
  return true;
}

void MemoryStore::Tables::keep(MessageId id, NewMessage message) {
  inboxes[message.to].push_back(id);
  const auto recipient = confirmed.find(message.to);
  if (!message.to || (recipient != confirmed.end() && id <= recipient->second)) forgettable.push_back(id);
  const auto placed = messages.emplace(
      id, Stored{.message = {id, message.from, message.to, std::move(message.text), message.time},
                 .cid = std::move(message.cid)});
  if (const Stored& stored = placed.first->second; !stored.cid.empty()) cids.insert(&stored);
}

void MemoryStore::Tables::confirm(UserId reader, MessageId up_to) {
  MessageId& cursor = confirmed[reader];
  if (up_to <= cursor) return;
  const Inbox& ids = inbox(reader);
  forgettable.insert(forgettable.end(), std::ranges::upper_bound(ids, cursor),
                     std::ranges::upper_bound(ids, up_to));
  cursor = up_to;
}

const MemoryStore::Tables::Inbox& MemoryStore::Tables::inbox(UserId reader) const {
  static const Inbox nothing;
  const auto found = inboxes.find(reader);
  return found == inboxes.end() ? nothing : found->second;
}

MemoryStore::MemoryStore(Executor& executor, MemoryStoreLimits limits)
    : tables_(std::make_unique<Tables>(executor, limits)) {}

MemoryStore::~MemoryStore() = default;

void MemoryStore::append(NewMessage message, Completion<Result<Accepted>> done) {
  Tables& tables = *tables_;
  if (tables.is_full()) return tables.answer<Accepted>(std::move(done), fail(Errc::busy));
  Result<std::optional<Accepted>> before = tables.accepted(message);
  if (!before) return tables.answer<Accepted>(std::move(done), tl::unexpected(before.error()));
  if (*before) return tables.answer<Accepted>(std::move(done), **before);
  if (!tables.make_room())
    return tables.answer<Accepted>(std::move(done), fail(Errc::storage, "memory is full"));
  const Accepted accepted{.id = MessageId(++tables.last_message), .time = message.time};
  tables.keep(accepted.id, std::move(message));
  tables.answer<Accepted>(std::move(done), accepted);
}

void MemoryStore::find_accepted(NewMessage message, Completion<Result<std::optional<Accepted>>> done) {
  if (tables_->is_full()) return tables_->answer<std::optional<Accepted>>(std::move(done), fail(Errc::busy));
  tables_->answer<std::optional<Accepted>>(std::move(done), tables_->accepted(message));
}

void MemoryStore::fetch(domain::FetchRange range, Completion<Result<domain::FetchedPage>> done) {
  Tables& tables = *tables_;
  if (tables.is_full()) return tables.answer<domain::FetchedPage>(std::move(done), fail(Errc::busy));
  const Tables::Inbox& own = tables.inbox(range.reader);
  const Tables::Inbox& everybodys = tables.inbox(UserId());
  auto direct = std::ranges::upper_bound(own, range.after);
  auto broadcast = std::ranges::upper_bound(everybodys, std::max(range.after, range.broadcasts_after));
  domain::FetchedPage page{.messages = {}, .up_to = range.after, .more = false};
  std::size_t bytes = 0;
  while (direct != own.end() || broadcast != everybodys.end()) {
    const bool take_direct = broadcast == everybodys.end() || (direct != own.end() && *direct < *broadcast);
    auto& next = take_direct ? direct : broadcast;
    const Message& message = tables.messages.at(*next).message;
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
    ++next;
  }
  tables.answer<domain::FetchedPage>(std::move(done), std::move(page));
}

void MemoryStore::confirm(UserId reader, MessageId up_to, Completion<Result<void>> done) {
  if (tables_->is_full()) return tables_->answer<void>(std::move(done), fail(Errc::busy));
  tables_->confirm(reader, up_to);
  tables_->answer<void>(std::move(done), {});
}

void MemoryStore::load(WallTime now, WallTime waiting_not_before, Completion<Result<domain::Snapshot>> done) {
  Tables& tables = *tables_;
  domain::Snapshot snapshot;
  for (const auto& [id, account] : tables.accounts) {
    snapshot.accounts.push_back(account);
    MessageId& cursor = snapshot.accounts.back().confirmed;
    if (const auto found = tables.confirmed.find(id); found != tables.confirmed.end()) cursor = found->second;
    const Tables::Inbox& ids = tables.inbox(id);
    for (auto next = std::ranges::upper_bound(ids, cursor); next != ids.end(); ++next) {
      const Message& message = tables.messages.at(*next).message;
      if (message.time < waiting_not_before) continue;
      snapshot.waiting.push_back(
          {id, message.id, static_cast<std::uint32_t>(message.text.size()), message.time});
    }
  }
  for (const auto& [owner, target] : tables.blocks)
    snapshot.blocks.push_back({.owner = owner, .target = target});
  for (const auto& [name, record] : tables.lockouts) snapshot.lockouts.push_back(record);
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
  tables.names.insert(account.name.text());
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

// Kept, as the contract has it; but nobody else can work on the memory of this process.
void MemoryStore::watch_accounts(Completion<domain::AccountChanges> changed) {
  tables_->watcher = std::move(changed);
}

std::size_t MemoryStore::in_flight() const { return tables_->in_flight; }

}  // namespace sockchat::storage
