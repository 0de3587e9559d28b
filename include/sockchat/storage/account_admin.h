// The operator's hand in a data directory: `sockchat-server account …`. Synchronous, in a process of its own;
// also while a server runs on the directory, which notices within a second (Store::watch_accounts).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sockchat/base/result.h"
#include "sockchat/domain/records.h"

namespace sockchat::storage {

class AccountAdmin final {
 public:
  // Creates the directory when `create`; otherwise it must hold a database (system).
  static Result<std::unique_ptr<AccountAdmin>> open(const std::string& directory, bool create);
  ~AccountAdmin();

  // name_taken when it exists; one that was removed comes back with its old id, mailbox and blocks.
  Result<void> add(const domain::UserName& name, const std::string& password_hash, WallTime now);
  // unknown_user. Both end every way back in without a password.
  Result<void> remove(const std::string& name);
  Result<void> set_password(const std::string& name, const std::string& password_hash);
  Result<void> unlock(const domain::NameDigest& name);
  Result<std::vector<domain::Account>> list();
  Result<std::vector<domain::LockoutRecord>> lockouts();

 private:
  struct State;
  explicit AccountAdmin(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sockchat::storage
