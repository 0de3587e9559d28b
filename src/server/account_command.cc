#include "server/account_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "server/password_prompt.h"
#include "sockchat/crypto/password_hash.h"
#include "sockchat/domain/user_name.h"
#include "sockchat/storage/account_admin.h"
#include "sockchat/storage/credentials_file.h"
#include "sockchat/wire/frame_writer.h"

namespace sockchat::server {
namespace {

using domain::UserName;
using storage::AccountAdmin;

WallTime wall_now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

tl::unexpected<Error> no_such_account(const std::string& name) {
  return fail(Errc::unknown_user, fmt::format("there is no account '{}'", name));
}

Result<const domain::Account*> find_account(const std::vector<domain::Account>& accounts,
                                            const std::string& name) {
  const auto found =
      std::ranges::find(accounts, name, [](const domain::Account& account) { return account.name.text(); });
  if (found == accounts.end() || found->removed) return no_such_account(name);
  return &*found;
}

Result<std::string> ask_and_hash(const AccountOptions& options) {
  const auto password =
      read_password(fmt::format("Password for {}", options.operand), options.limits.password_max, true);
  if (!password) return tl::unexpected(password.error());
  if (!domain::check_new_password(password->reveal(), options.operand, options.limits.password_min_new)) {
    std::fputs("note: that is a weak password; users may not choose such a one themselves\n", stderr);
  }
  return crypto::hash_password(*password, options.hash_cost);
}

Result<void> add_account(AccountAdmin& admin, const AccountOptions& options) {
  const auto name = UserName::parse(options.operand, options.limits.name_max);
  if (!name) {
    return fail(Errc::bad_name,
                fmt::format("'{}' cannot be a name: 1 to {} printable ASCII characters, no space",
                            options.operand, options.limits.name_max));
  }
  // Looked at before the password is asked for, and once more by add().
  const auto accounts = admin.list();
  if (!accounts) return tl::unexpected(accounts.error());
  const auto taken = fail(Errc::name_taken, fmt::format("there is an account '{}' already", options.operand));
  if (find_account(*accounts, options.operand)) return taken;
  const auto hash = ask_and_hash(options);
  if (!hash) return tl::unexpected(hash.error());
  const auto added = admin.add(*name, *hash, wall_now());
  if (!added && added.error().code == Errc::name_taken) return taken;
  return added;
}

Result<void> remove_account(AccountAdmin& admin, const AccountOptions& options) {
  const auto removed = admin.remove(options.operand);
  if (!removed && removed.error().code == Errc::unknown_user) return no_such_account(options.operand);
  return removed;
}

Result<void> change_password(AccountAdmin& admin, const AccountOptions& options) {
  const auto accounts = admin.list();
  if (!accounts) return tl::unexpected(accounts.error());
  if (const auto account = find_account(*accounts, options.operand); !account)
    return tl::unexpected(account.error());
  const auto hash = ask_and_hash(options);
  if (!hash) return tl::unexpected(hash.error());
  return admin.set_password(options.operand, *hash);
}

domain::NameDigest digest(const std::string& name) {
  domain::NameDigest digest{};
  crypto::digest_name(name, digest);
  return digest;
}

Result<void> list_accounts(AccountAdmin& admin) {
  auto accounts = admin.list();
  if (!accounts) return tl::unexpected(accounts.error());
  const auto lockouts = admin.lockouts();
  if (!lockouts) return tl::unexpected(lockouts.error());
  const WallTime now = wall_now();
  std::set<domain::NameDigest> locked;
  for (const domain::LockoutRecord& record : *lockouts) {
    if (record.locked_until && *record.locked_until > now) locked.insert(record.name);
  }
  std::ranges::sort(*accounts, {}, &domain::Account::name);
  std::string table;
  for (const domain::Account& account : *accounts) {
    if (account.removed) continue;
    const std::string_view state = locked.contains(digest(account.name.text())) ? "locked" : "active";
    std::string last_login;
    if (account.last_login) wire::append_rfc3339(last_login, *account.last_login);
    fmt::format_to(std::back_inserter(table), "{:<32} {:<8} {}\n", account.name.text(), state,
                   last_login.empty() ? "never" : last_login);
  }
  const bool written =
      std::fwrite(table.data(), 1, table.size(), stdout) == table.size() && std::fflush(stdout) == 0;
  // A reader that has gone (`| head`) has seen what it wanted.
  if (!written && errno != EPIPE) return fail(Errc::system, "cannot write the list");
  return {};
}

// Known names, removed ones too, are left alone, as at the start of the server.
Result<void> import_accounts(AccountAdmin& admin, const AccountOptions& options) {
  auto file =
      storage::read_credentials(options.operand, options.limits.name_max, options.limits.password_max);
  if (!file) return tl::unexpected(file.error());
  const auto accounts = admin.list();
  if (!accounts) return tl::unexpected(accounts.error());
  std::set<UserName> known;
  for (const domain::Account& account : *accounts) known.insert(account.name);
  const std::size_t listed = file->users.size();
  std::erase_if(file->users, [&](const storage::Credential& user) { return known.contains(user.name); });

  auto last_report = std::chrono::steady_clock::now();
  std::size_t imported = 0;
  for (const storage::Credential& user : file->users) {
    const auto hash = crypto::hash_password(user.password, options.hash_cost);
    if (!hash) return tl::unexpected(hash.error());
    if (const auto added = admin.add(user.name, *hash, wall_now()); !added) return added;
    ++imported;
    if (std::chrono::steady_clock::now() - last_report < std::chrono::seconds(1)) continue;
    last_report = std::chrono::steady_clock::now();
    std::fputs(fmt::format("imported {} of {} accounts\n", imported, file->users.size()).c_str(), stderr);
  }
  std::fputs(fmt::format("imported {} accounts; {} were there before\n", imported, listed - imported).c_str(),
             stderr);
  return {};
}

}  // namespace

Result<void> run_account_command(const AccountOptions& options) {
  if (auto started = crypto::start(); !started) return started;
  const bool creates = options.action == AccountAction::add || options.action == AccountAction::import;
  const auto admin = AccountAdmin::open(options.data_directory, creates);
  if (!admin) return tl::unexpected(admin.error());
  switch (options.action) {
    case AccountAction::add:
      return add_account(**admin, options);
    case AccountAction::remove:
      return remove_account(**admin, options);
    case AccountAction::passwd:
      return change_password(**admin, options);
    case AccountAction::list:
      return list_accounts(**admin);
    case AccountAction::import:
      return import_accounts(**admin, options);
    case AccountAction::unlock:
      return (*admin)->unlock(digest(options.operand));
  }
  return {};
}

}  // namespace sockchat::server
