// What the store in memory holds. Its operations stand in memory_store.cc (messages),
// memory_store_accounts.cc and memory_store_history.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sockchat/storage/memory_store.h"

namespace sockchat::storage {

struct MemoryStore::Tables {
  struct Stored {
    domain::Message message;
    std::string cid;
    std::vector<UserId> refusers;  // of a broadcast: who refused its sender when it was accepted
  };
  // Looks into the stored message: a cid is held once, and asked for without a copy.
  struct ByCid {
    using is_transparent = void;
    static auto key(const Stored* stored) {
      return std::pair(stored->message.from, std::string_view(stored->cid));
    }
    static auto key(const domain::NewMessage& message) {
      return std::pair(message.from, std::string_view(message.cid));
    }
    bool operator()(const auto& left, const auto& right) const { return key(left) < key(right); }
  };
  struct Login {
    UserId user;
    MessageId begin;
    domain::LoginRecord record;
  };
  // Ids, ascending: what a user was sent, or the broadcasts.
  using Inbox = std::deque<MessageId>;

  // A merge of two inboxes, in the order of acceptance: what a reader is offered, from a position on.
  class Walk final {
   public:
    Walk(const Tables& tables, UserId reader, MessageId after, MessageId broadcasts_after);
    // None at the end.
    const Stored* next();

   private:
    const Tables& tables_;
    const Inbox& own_;
    const Inbox& everybodys_;
    Inbox::const_iterator direct_;
    Inbox::const_iterator broadcast_;
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

  [[nodiscard]] Result<std::optional<domain::Accepted>> accepted(const domain::NewMessage& message) const;
  [[nodiscard]] bool make_room();
  void keep(MessageId id, domain::NewMessage message);
  void confirm(UserId reader, MessageId up_to);
  [[nodiscard]] const Inbox& inbox(UserId reader) const;
  // Whether a message in the reader's way was for the reader.
  [[nodiscard]] static bool is_for(UserId reader, const Stored& stored);

  void drop(const std::vector<domain::TokenDigest>& tokens_to_drop);
  void keep_login(LoginId id, Login login);
  [[nodiscard]] std::uint64_t count_waiting(const domain::NewLogin& login, MessageId begin) const;
  // As of the start of a process: what an earlier one left behind.
  void close_logins(WallTime now);
  void load_tokens(const domain::LoadQuery& query, domain::Snapshot& snapshot);
  void load_waiting(WallTime not_before, domain::Snapshot& snapshot) const;

  [[nodiscard]] bool refuses(UserId owner, UserId target) const;

  Executor& executor;
  const MemoryStoreLimits limits;
  std::size_t in_flight = 0;
  std::uint64_t last_message = 0;
  std::uint64_t last_user = 0;
  std::uint64_t last_login = 0;
  std::map<MessageId, Stored> messages;  // whose nodes stay where they are
  std::set<const Stored*, ByCid> cids;
  std::unordered_map<UserId, Inbox> inboxes;  // under none: broadcasts
  std::unordered_map<UserId, MessageId> confirmed;
  std::deque<MessageId> forgettable;  // of each inbox its front, in order
  std::map<UserId, domain::Account> accounts;
  std::set<std::string> names;
  std::map<UserId, std::set<UserId>> refused_by;  // by who is refused: who refuses
  std::map<domain::NameDigest, domain::LockoutRecord> lockouts;
  std::map<domain::TokenDigest, domain::TokenRecord> tokens;
  std::map<LoginId, Login> logins;
  std::map<UserId, std::deque<LoginId>> logins_of;  // oldest first
  std::set<LoginId> open_logins;
  std::map<UserId, WallTime> logouts;  // the last one
  Completion<domain::AccountChanges> watcher;
};

}  // namespace sockchat::storage
