#include "sockchat/storage/account_admin.h"

#include <utility>

#include "storage/open_database.h"

namespace sockchat::storage {

struct AccountAdmin::State {
  OpenDatabase open;

  // All or nothing, and counted like every commit.
  template <class Work>
  Result<void> transact(const Work& work) {
    Result<void> done = open.database->begin();
    if (!done) return done;
    done = open.queries->read_counters();
    if (done) done = work();
    if (done) done = open.queries->write_counters();
    if (done) done = open.database->commit();
    if (!done) static_cast<void>(open.database->rollback());
    return done;
  }

  Result<domain::Account> existing(std::string_view name) {
    auto account = open.queries->find_account(name);
    if (!account) return tl::unexpected(account.error());
    if (!*account || (*account)->removed) return fail(Errc::unknown_user);
    return std::move(**account);
  }
};

Result<std::unique_ptr<AccountAdmin>> AccountAdmin::open(const std::string& directory, bool create) {
  auto open = open_database(directory, create ? OpenMode::creating_command : OpenMode::command);
  if (!open) return tl::unexpected(open.error());
  return std::unique_ptr<AccountAdmin>(new AccountAdmin(std::make_unique<State>(*std::move(open))));
}

AccountAdmin::AccountAdmin(std::unique_ptr<State> state) : state_(std::move(state)) {}

AccountAdmin::~AccountAdmin() = default;

Result<void> AccountAdmin::add(const domain::UserName& name, const std::string& password_hash, WallTime now) {
  SqliteQueries& queries = *state_->open.queries;
  return state_->transact([&]() -> Result<void> {
    const auto there = queries.find_account(name.text());
    if (!there) return tl::unexpected(there.error());
    if (!*there) return queries.run(AddAccount{name, password_hash, now}).map([](const domain::Account&) {});
    if (!(*there)->removed) return fail(Errc::name_taken);
    if (auto back = queries.set_removed((*there)->id, false); !back) return back;
    return queries.run(SetPassword{(*there)->id, password_hash, {}});
  });
}

Result<void> AccountAdmin::remove(const std::string& name) {
  return state_->transact([&]() -> Result<void> {
    const auto account = state_->existing(name);
    if (!account) return tl::unexpected(account.error());
    if (auto removed = state_->open.queries->set_removed(account->id, true); !removed) return removed;
    return state_->open.queries->forget_tokens(account->id);
  });
}

Result<void> AccountAdmin::set_password(const std::string& name, const std::string& password_hash) {
  return state_->transact([&]() -> Result<void> {
    const auto account = state_->existing(name);
    if (!account) return tl::unexpected(account.error());
    if (auto set = state_->open.queries->run(SetPassword{account->id, password_hash, {}}); !set) return set;
    return state_->open.queries->forget_tokens(account->id);
  });
}

Result<void> AccountAdmin::unlock(const domain::NameDigest& name) {
  return state_->transact([&] { return state_->open.queries->forget_lockout(name); });
}

Result<std::vector<domain::Account>> AccountAdmin::list() { return state_->open.queries->accounts(); }

Result<std::vector<domain::LockoutRecord>> AccountAdmin::lockouts() {
  return state_->open.queries->lockouts();
}

}  // namespace sockchat::storage
