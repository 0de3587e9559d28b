// What the core needs from outside, as interfaces without data. Every call returns at once; every completion
// runs later, on the loop thread, never inside the call, and may never run when the process stops.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sockchat/base/ids.h"
#include "sockchat/base/result.h"
#include "sockchat/base/secret.h"
#include "sockchat/base/task.h"
#include "sockchat/base/time.h"
#include "sockchat/domain/records.h"

namespace sockchat::domain {

// Which messages to read again for a user: those to the user, and the broadcasts, both behind `after`. Of the
// broadcasts only those that were for the user: not the user's own, and none whose sender the user refused at
// the moment of acceptance, whatever became of the block since.
struct FetchRange {
  UserId reader;
  MessageId after;
  MessageId broadcasts_after;  // broadcasts only behind this one too
  WallTime not_before;         // older ones are no longer offered
  std::size_t count_max;       // of rows
  std::size_t bytes_max;       // of text; at least one row is returned when there is one
};

struct FetchedPage {
  std::vector<Message> messages;  // in the order of acceptance
  MessageId up_to;                // everything in the range up to here has been looked at
  bool more = false;              // there is something behind it
};

// Operations take effect in the order of the calls, whatever their kind: the queue of the store is the order
// of events. Errors: `busy` when the queue is full (nothing was done), `storage` when the disk failed (a
// failed sync leaves the outcome unknown), and what is named below.
class MessageStore {
 public:
  virtual ~MessageStore() = default;

  // Told when the transaction has committed. cid_reused: the cid stands for something else. `storage` also
  // when the disk has less than its reserve free; all else goes on then.
  virtual void append(NewMessage message, Completion<Result<Accepted>> done) = 0;
  // The message that was accepted under this sender and cid, if any; cid_reused when its content is another.
  virtual void find_accepted(NewMessage message, Completion<Result<std::optional<Accepted>>> done) = 0;
  virtual void fetch(FetchRange range, Completion<Result<FetchedPage>> done) = 0;
  // Moves the cursor; an older one than confirmed does nothing.
  virtual void confirm(UserId reader, MessageId up_to, Completion<Result<void>> done) = 0;
};

// A page of what was said, for a reader who may see it. Damaged messages are left out.
struct HistoryQuery {
  UserId asker;
  UserId with;  // direct messages between the two. None: broadcasts, but of users whom the asker refuses now
  MessageId before;  // not included itself; none: from the newest
  std::size_t count_max;
  std::size_t bytes_max;  // of text; at least one message is returned when there is one
};

// Messages that the asker sent or was sent, and the broadcasts that `history` shows, that have all the words,
// ignoring case. A word is a run of letters and digits; one of several parts ("x-wing") asks for the parts
// behind each other.
struct SearchQuery {
  UserId asker;
  std::string words;  // separated by spaces
  std::size_t count_max;
  std::size_t bytes_max;
};

struct HistoryPage {
  std::vector<Message> messages;  // history: oldest first; search: newest first
  bool more = false;              // there are older ones
  // Retention has removed what was older than this, and the page came as far.
  std::optional<WallTime> cut;
  std::uint64_t unindexed = 0;  // search: accepted messages that the index does not know yet
};

// Reads beside the queue of the other operations, slower, and never in their way: a page shows what was
// committed before it was asked for, and perhaps more. Errors: `busy` when too many wait or one took too
// long, `storage`, and bad_argument for a search without a word to look for.
class HistoryStore {
 public:
  virtual ~HistoryStore() = default;

  virtual void history(HistoryQuery query, Completion<Result<HistoryPage>> done) = 0;
  virtual void search(SearchQuery query, Completion<Result<HistoryPage>> done) = 0;
  // Newest first.
  virtual void logins(UserId user, std::size_t count_max,
                      Completion<Result<std::vector<LoginRecord>>> done) = 0;
};

// What the core keeps in memory is read at the start, as far as it is still of use.
struct LoadQuery {
  WallTime now;  // logins that an earlier process left open are closed as of this moment
  WallTime waiting_not_before;
  WallTime tokens_not_before;  // older ones are dropped
  WallTime absent_since;       // logins that ended earlier are not taken up again
};

class AccountStore {
 public:
  virtual ~AccountStore() = default;

  virtual void load(LoadQuery query, Completion<Result<Snapshot>> done) = 0;
  // name_taken: the name exists, or existed and was removed. The account is returned with its new id.
  virtual void add_account(UserName name, std::string password_hash, WallTime now,
                           Completion<Result<Account>> done) = 0;
  // `drops` die in the same moment.
  virtual void set_password(UserId user, std::string password_hash, std::vector<TokenDigest> drops,
                            Completion<Result<void>> done) = 0;
  virtual void drop_tokens(std::vector<TokenDigest> drops, Completion<Result<void>> done) = 0;
  virtual void set_blocked(BlockRecord block, bool blocked, Completion<Result<void>> done) = 0;
  // The whole state of one name, replacing what was there.
  virtual void save_lockout(LockoutRecord record, Completion<Result<void>> done) = 0;
  // Counts a wrong password for the owner to see at the next login. A user who does not exist costs the same.
  virtual void count_failure(UserId user, Completion<Result<void>> done) = 0;
  // Also makes its time the account's last_login and its failures_since 0.
  virtual void record_login(NewLogin login, Completion<Result<StoredLogin>> done) = 0;
  virtual void record_logout(LoginId login, std::string_view reason, WallTime now,
                             Completion<Result<void>> done) = 0;
};

// What somebody else did to the data directory while we serve (`sockchat-server account …`).
struct AccountChanges {
  std::vector<Account> accounts;        // all of them, as they are now
  std::vector<LockoutRecord> lockouts;  // all of them
};

class Store : public MessageStore, public HistoryStore, public AccountStore {
 public:
  // Told, any number of times, within a second of such a change. One watcher; an empty one stops it.
  virtual void watch_accounts(Completion<AccountChanges> changed) = 0;
  // Operations whose completion has not been posted yet, counted down a moment behind the posting. Zero:
  // everything that was asked for is done.
  [[nodiscard]] virtual std::size_t in_flight() const = 0;
};

struct PasswordVerdict {
  bool correct = false;
  bool undecided = false;  // there was no memory to check it: neither right nor wrong
  std::string
      replacement_hash;  // not empty: the stored hash is weaker than what is asked for now; store this one
};

// Argon2id on worker threads. False: the queue is full, the completion was dropped, answer `busy`.
class PasswordHasher {
 public:
  virtual ~PasswordHasher() = default;
  // Without a hash (an unknown name) the same work is done, and the verdict is false.
  [[nodiscard]] virtual bool verify(std::string stored_hash, Secret password,
                                    Completion<PasswordVerdict> done) = 0;
  [[nodiscard]] virtual bool hash(Secret password, Completion<Result<std::string>> done) = 0;
  // Quick, and the same for the same name in every process that uses the data directory.
  [[nodiscard]] virtual NameDigest digest(std::string_view name) const = 0;
};

// Resume tokens: 256 bits of the system's generator, as 64 hexadecimal digits.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  [[nodiscard]] virtual Secret fresh_token() = 0;
  // The same for the same token in every process.
  [[nodiscard]] virtual TokenDigest token_digest(std::string_view token) const = 0;
};

}  // namespace sockchat::domain
