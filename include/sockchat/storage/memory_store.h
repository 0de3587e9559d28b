// The store without a disk: the reference for the contract, for tests, simulation and `--store memory`.
// Completions come through the executor, in the order of the calls. One thread.
//
// Memory has an end: at `messages_max` the message that was confirmed longest ago is forgotten for a new one
// (a broadcast counts as confirmed at once), and when all are still to be confirmed, an append fails
// (storage). A message that nobody confirms stays, however old. A cid is remembered as long as its message.
// Of each user the newest 200 logins are known. A search folds the case of ASCII letters only, and looks
// through the newest 100,000 messages.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "sockchat/base/task.h"
#include "sockchat/domain/ports.h"

namespace sockchat::storage {

struct MemoryStoreLimits {
  std::size_t queue_max = 65'536;        // operations whose completion has not run; beyond: busy
  std::size_t messages_max = 1'000'000;  // that are kept
};

class MemoryStore final : public domain::Store {
 public:
  // `executor` must outlive the store, and run nothing of it afterwards.
  MemoryStore(Executor& executor, MemoryStoreLimits limits);
  ~MemoryStore() override;

  void append(domain::NewMessage message, Completion<Result<domain::Accepted>> done) override;
  void find_accepted(domain::NewMessage message,
                     Completion<Result<std::optional<domain::Accepted>>> done) override;
  void fetch(domain::FetchRange range, Completion<Result<domain::FetchedPage>> done) override;
  void confirm(UserId reader, MessageId up_to, Completion<Result<void>> done) override;
  void history(domain::HistoryQuery query, Completion<Result<domain::HistoryPage>> done) override;
  void search(domain::SearchQuery query, Completion<Result<domain::HistoryPage>> done) override;
  void logins(UserId user, std::size_t count_max,
              Completion<Result<std::vector<domain::LoginRecord>>> done) override;
  void load(domain::LoadQuery query, Completion<Result<domain::Snapshot>> done) override;
  void add_account(domain::UserName name, std::string password_hash, WallTime now,
                   Completion<Result<domain::Account>> done) override;
  void set_password(UserId user, std::string password_hash, std::vector<domain::TokenDigest> drops,
                    Completion<Result<void>> done) override;
  void drop_tokens(std::vector<domain::TokenDigest> drops, Completion<Result<void>> done) override;
  void set_blocked(domain::BlockRecord block, bool blocked, Completion<Result<void>> done) override;
  void save_lockout(domain::LockoutRecord record, Completion<Result<void>> done) override;
  void count_failure(UserId user, Completion<Result<void>> done) override;
  void record_login(domain::NewLogin login, Completion<Result<domain::StoredLogin>> done) override;
  void record_logout(LoginId login, std::string_view reason, WallTime now,
                     Completion<Result<void>> done) override;
  void watch_accounts(Completion<domain::AccountChanges> changed) override;
  [[nodiscard]] std::size_t in_flight() const override;

 private:
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

}  // namespace sockchat::storage
