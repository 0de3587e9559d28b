#include "sockchat/storage/memory_store.h"

#include <algorithm>
#include <utility>

#include "sockchat/base/check.h"
#include "storage/memory_tables.h"

namespace sockchat::storage {

using domain::Accepted;
using domain::Message;
using domain::NewMessage;

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
  Stored stored{.message = {id, message.from, message.to, std::move(message.text), message.time},
                .cid = std::move(message.cid),
                .refusers = {}};
  if (!message.to) {
    if (const auto found = refused_by.find(message.from); found != refused_by.end())
      stored.refusers.assign(found->second.begin(), found->second.end());
  }
  const auto placed = messages.emplace_hint(messages.end(), id, std::move(stored));
  if (!placed->second.cid.empty()) cids.insert(&placed->second);
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

bool MemoryStore::Tables::is_for(UserId reader, const Stored& stored) {
  if (stored.message.to) return true;
  return stored.message.from != reader && !std::ranges::binary_search(stored.refusers, reader);
}

bool MemoryStore::Tables::refuses(UserId owner, UserId target) const {
  const auto found = refused_by.find(target);
  return found != refused_by.end() && found->second.contains(owner);
}

MemoryStore::Tables::Walk::Walk(const Tables& tables, UserId reader, MessageId after,
                                MessageId broadcasts_after)
    : tables_(tables),
      own_(tables.inbox(reader)),
      everybodys_(tables.inbox(UserId())),
      direct_(std::ranges::upper_bound(own_, after)),
      broadcast_(std::ranges::upper_bound(everybodys_, std::max(after, broadcasts_after))) {}

const MemoryStore::Tables::Stored* MemoryStore::Tables::Walk::next() {
  const bool has_direct = direct_ != own_.end();
  const bool has_broadcast = broadcast_ != everybodys_.end();
  if (!has_direct && !has_broadcast) return nullptr;
  const bool takes_direct = !has_broadcast || (has_direct && *direct_ < *broadcast_);
  return &tables_.messages.at(takes_direct ? *direct_++ : *broadcast_++);
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
  Tables::Walk walk(tables, range.reader, range.after, range.broadcasts_after);
  domain::FetchedPage page{.messages = {}, .up_to = range.after, .more = false};
  std::size_t bytes = 0;
  while (const Tables::Stored* next = walk.next()) {
    const Message& message = next->message;
    const bool offered = message.time >= range.not_before && Tables::is_for(range.reader, *next);
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
  }
  tables.answer<domain::FetchedPage>(std::move(done), std::move(page));
}

void MemoryStore::confirm(UserId reader, MessageId up_to, Completion<Result<void>> done) {
  if (tables_->is_full()) return tables_->answer<void>(std::move(done), fail(Errc::busy));
  tables_->confirm(reader, up_to);
  tables_->answer<void>(std::move(done), {});
}

// Kept, as the contract has it; but nobody else can work on the memory of this process.
void MemoryStore::watch_accounts(Completion<domain::AccountChanges> changed) {
  tables_->watcher = std::move(changed);
}

std::size_t MemoryStore::in_flight() const { return tables_->in_flight; }

}  // namespace sockchat::storage
