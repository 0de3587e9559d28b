// What SQLite does on its own with the rows of the pipeline workload: the store's tables and indexes, its
// batches and its syncs, in a loop without a network, a queue or a second thread.
//
//   bare_sqlite DIR SECONDS     makes DIR/bare.db, and prints one line of JSON
#include <fmt/format.h>
#include <sqlite3.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "sockchat/storage/sqlite_store.h"
#include "storage/schema.h"

namespace sockchat::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kTextBytes = 100;
constexpr std::int64_t kPairs = 50;
// As many as the store takes into one transaction while the pipeline workload keeps it busy.
const std::size_t kBatch = storage::SqliteStoreLimits().batch_operations;

void must(bool done, sqlite3* database) {
  if (done) return;
  fmt::print(stderr, "bare_sqlite: {}\n", sqlite3_errmsg(database));
  std::exit(1);
}

void execute(sqlite3* database, const char* sql) {
  must(sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK, database);
}

sqlite3_stmt* prepare(sqlite3* database, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  must(sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) == SQLITE_OK,
       database);
  return statement;
}

bool make_tables(const std::string& path) {
  std::fclose(std::fopen(path.c_str(), "w"));
  auto database = sqlite::Database::open(path, std::chrono::seconds(1));
  return database && sqlite::migrate(**database, storage::schema());
}

void run(const std::string& path, std::chrono::seconds length) {
  sqlite3* database = nullptr;
  must(sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr) ==
           SQLITE_OK,
       database);
  execute(database, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY");
  sqlite3_stmt* const insert = prepare(
      database,
      "INSERT INTO messages(mid, sender, recipient, time, digest, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
  sqlite3_stmt* const count = prepare(database, "UPDATE counters SET newest_mid = ?1, commits = commits + 1");

  const std::string text(kTextBytes, 'x');
  std::int64_t mid = 0;
  const auto begun = Clock::now();
  auto now = begun;
  for (; now < begun + length; now = Clock::now()) {
    execute(database, "BEGIN IMMEDIATE");
    for (std::size_t at = 0; at < kBatch; ++at) {
      ++mid;
      sqlite3_bind_int64(insert, 1, mid);
      sqlite3_bind_int64(insert, 2, 1 + mid % kPairs);
      sqlite3_bind_int64(insert, 3, 1 + kPairs + mid % kPairs);
      sqlite3_bind_int64(insert, 4, 1'700'000'000'000 + mid);
      sqlite3_bind_int64(insert, 5, mid * 0x100000001B3);
      sqlite3_bind_blob(insert, 6, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
      must(sqlite3_step(insert) == SQLITE_DONE, database);
      sqlite3_reset(insert);
    }
    sqlite3_bind_int64(count, 1, mid);
    must(sqlite3_step(count) == SQLITE_DONE, database);
    sqlite3_reset(count);
    execute(database, "COMMIT");
  }
  const double seconds = std::chrono::duration<double>(now - begun).count();
  fmt::print(R"({{"workload":"pipeline","server":"bare_sqlite","metric":"messages_per_s","value":{:.0f},)"
             R"("batch":{},"seconds":{:.1f}}})"
             "\n",
             static_cast<double>(mid) / seconds, kBatch, seconds);
  sqlite3_finalize(insert);
  sqlite3_finalize(count);
  sqlite3_close(database);
}

}  // namespace
}  // namespace sockchat::bench

int main(int argc, char** argv) {
  const int seconds = argc == 3 ? std::atoi(argv[2]) : 0;
  if (seconds < 1) {
    std::fputs("usage: bare_sqlite DIR SECONDS\n", stderr);
    return 2;
  }
  const std::string path = std::string(argv[1]) + "/bare.db";
  if (!sockchat::bench::make_tables(path)) {
    std::fprintf(stderr, "bare_sqlite: cannot make %s\n", path.c_str());
    return 1;
  }
  sockchat::bench::run(path, std::chrono::seconds(seconds));
}
