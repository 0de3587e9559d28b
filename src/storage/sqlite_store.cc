#include "sockchat/storage/sqlite_store.h"

#include <utility>

#include "storage/store_writer.h"

namespace sockchat::storage {

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& directory, Executor& executor,
                                                       SqliteStoreLimits limits, SqliteStoreNotices notices) {
  auto open = open_database(directory, OpenMode::server);
  if (!open) return tl::unexpected(open.error());
  auto writer = std::make_unique<Writer>(*std::move(open), executor, limits, std::move(notices));
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(writer)));
}

SqliteStore::SqliteStore(std::unique_ptr<Writer> writer) : writer_(std::move(writer)) {}

SqliteStore::~SqliteStore() = default;

void SqliteStore::append(domain::NewMessage message, Completion<Result<domain::Accepted>> done) {
  writer_->submit(std::move(message), std::move(done));
}

void SqliteStore::find_accepted(domain::NewMessage message,
                                Completion<Result<std::optional<domain::Accepted>>> done) {
  writer_->submit(FindAccepted{std::move(message)}, std::move(done));
}

void SqliteStore::fetch(domain::FetchRange range, Completion<Result<domain::FetchedPage>> done) {
  writer_->submit(range, std::move(done));
}

void SqliteStore::confirm(UserId reader, MessageId up_to, Completion<Result<void>> done) {
  writer_->submit(Confirm{reader, up_to}, std::move(done));
}

void SqliteStore::history(domain::HistoryQuery, Completion<Result<domain::HistoryPage>> done) {
  writer_->refuse(std::move(done));
}

void SqliteStore::search(domain::SearchQuery, Completion<Result<domain::HistoryPage>> done) {
  writer_->refuse(std::move(done));
}

void SqliteStore::logins(UserId, std::size_t, Completion<Result<std::vector<domain::LoginRecord>>> done) {
  writer_->refuse(std::move(done));
}

void SqliteStore::load(domain::LoadQuery query, Completion<Result<domain::Snapshot>> done) {
  writer_->submit(query, std::move(done));
}

void SqliteStore::add_account(domain::UserName name, std::string password_hash, WallTime now,
                              Completion<Result<domain::Account>> done) {
  writer_->submit(AddAccount{std::move(name), std::move(password_hash), now}, std::move(done));
}

void SqliteStore::set_password(UserId user, std::string password_hash, std::vector<domain::TokenDigest> drops,
                               Completion<Result<void>> done) {
  writer_->submit(SetPassword{user, std::move(password_hash), std::move(drops)}, std::move(done));
}

void SqliteStore::drop_tokens(std::vector<domain::TokenDigest> drops, Completion<Result<void>> done) {
  writer_->submit(DropTokens{std::move(drops)}, std::move(done));
}

void SqliteStore::set_blocked(domain::BlockRecord block, bool blocked, Completion<Result<void>> done) {
  writer_->submit(SetBlocked{block, blocked}, std::move(done));
}

void SqliteStore::save_lockout(domain::LockoutRecord record, Completion<Result<void>> done) {
  writer_->submit(record, std::move(done));
}

void SqliteStore::count_failure(UserId user, Completion<Result<void>> done) {
  writer_->submit(CountFailure{user}, std::move(done));
}

void SqliteStore::record_login(domain::NewLogin login, Completion<Result<domain::StoredLogin>> done) {
  writer_->submit(std::move(login), std::move(done));
}

void SqliteStore::record_logout(LoginId login, std::string_view reason, WallTime now,
                                Completion<Result<void>> done) {
  writer_->submit(RecordLogout{login, std::string(reason), now}, std::move(done));
}

void SqliteStore::watch_accounts(Completion<domain::AccountChanges> changed) {
  writer_->watch(std::move(changed));
}

std::size_t SqliteStore::in_flight() const { return writer_->in_flight(); }

}  // namespace sockchat::storage
