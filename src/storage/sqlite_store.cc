#include "sockchat/storage/sqlite_store.h"

#include <utility>

#include "storage/open_database.h"
#include "storage/store_notes.h"
#include "storage/store_reader.h"
#include "storage/store_writer.h"

namespace sockchat::storage {

// In the order that makes destruction right, but for one thing: the connection that reads is closed before
// the one that writes, which takes the log along.
struct SqliteStore::Parts {
  Parts(Executor& executor, SqliteStoreNotices given) : notes(executor, std::move(given)) {}

  Notes notes;
  std::unique_ptr<Reader> reader;
  std::unique_ptr<Writer> writer;
};

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& directory, Executor& executor,
                                                       SqliteStoreLimits limits, SqliteStoreNotices notices) {
  auto open = open_database(directory, OpenMode::server);
  if (!open) return tl::unexpected(open.error());
  auto queries = HistoryQueries::open(open->directory.database());
  if (!queries) return fail(Errc::system, queries.error().text);
  auto parts = std::make_unique<Parts>(executor, std::move(notices));
  for (std::string& text : std::exchange(open->notices, {})) parts->notes.note(std::move(text));
  parts->reader = std::make_unique<Reader>(*std::move(queries), open->directory.search_index(), executor,
                                           parts->notes, limits);
  parts->writer = std::make_unique<Writer>(*std::move(open), executor, limits, parts->notes, *parts->reader);
  parts->reader->start([&writer = *parts->writer](RemoveMessages removal) {
    writer.submit(std::move(removal), Completion<Result<void>>([](const Result<void>&) {}));
  });
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(parts)));
}

SqliteStore::SqliteStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

SqliteStore::~SqliteStore() {
  parts_->writer->stop();
  parts_->reader.reset();
}

void SqliteStore::append(domain::NewMessage message, Completion<Result<domain::Accepted>> done) {
  parts_->writer->submit(std::move(message), std::move(done));
}

void SqliteStore::find_accepted(domain::NewMessage message,
                                Completion<Result<std::optional<domain::Accepted>>> done) {
  parts_->writer->submit(FindAccepted{std::move(message)}, std::move(done));
}

void SqliteStore::fetch(domain::FetchRange range, Completion<Result<domain::FetchedPage>> done) {
  parts_->writer->submit(range, std::move(done));
}

void SqliteStore::confirm(UserId reader, MessageId up_to, Completion<Result<void>> done) {
  parts_->writer->submit(Confirm{reader, up_to}, std::move(done));
}

void SqliteStore::history(domain::HistoryQuery query, Completion<Result<domain::HistoryPage>> done) {
  parts_->reader->ask(query, std::move(done));
}

void SqliteStore::search(domain::SearchQuery query, Completion<Result<domain::HistoryPage>> done) {
  parts_->reader->ask(std::move(query), std::move(done));
}

void SqliteStore::logins(UserId user, std::size_t count_max,
                         Completion<Result<std::vector<domain::LoginRecord>>> done) {
  parts_->reader->ask(LoginsQuery{user, count_max}, std::move(done));
}

void SqliteStore::load(domain::LoadQuery query, Completion<Result<domain::Snapshot>> done) {
  parts_->writer->submit(query, std::move(done));
}

void SqliteStore::add_account(domain::UserName name, std::string password_hash, WallTime now,
                              Completion<Result<domain::Account>> done) {
  parts_->writer->submit(AddAccount{std::move(name), std::move(password_hash), now}, std::move(done));
}

void SqliteStore::set_password(UserId user, std::string password_hash, std::vector<domain::TokenDigest> drops,
                               Completion<Result<void>> done) {
  parts_->writer->submit(SetPassword{user, std::move(password_hash), std::move(drops)}, std::move(done));
}

void SqliteStore::drop_tokens(std::vector<domain::TokenDigest> drops, Completion<Result<void>> done) {
  parts_->writer->submit(DropTokens{std::move(drops)}, std::move(done));
}

void SqliteStore::set_blocked(domain::BlockRecord block, bool blocked, Completion<Result<void>> done) {
  parts_->writer->submit(SetBlocked{block, blocked}, std::move(done));
}

void SqliteStore::save_lockout(domain::LockoutRecord record, Completion<Result<void>> done) {
  parts_->writer->submit(record, std::move(done));
}

void SqliteStore::count_failure(UserId user, Completion<Result<void>> done) {
  parts_->writer->submit(CountFailure{user}, std::move(done));
}

void SqliteStore::record_login(domain::NewLogin login, Completion<Result<domain::StoredLogin>> done) {
  parts_->writer->submit(std::move(login), std::move(done));
}

void SqliteStore::record_logout(LoginId login, std::string_view reason, WallTime now,
                                Completion<Result<void>> done) {
  parts_->writer->submit(RecordLogout{login, std::string(reason), now}, std::move(done));
}

void SqliteStore::watch_accounts(Completion<domain::AccountChanges> changed) {
  parts_->writer->watch(std::move(changed));
}

std::size_t SqliteStore::in_flight() const {
  return parts_->writer->in_flight() + parts_->reader->in_flight();
}

}  // namespace sockchat::storage
