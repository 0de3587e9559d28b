// What SQLite does on its own with the rows of a workload: the store's tables and indexes, its settings, its
// statements and its syncs, without a network, a queue or a second thread.
//
//   bare_sqlite pipeline DIR SECONDS   the store's largest batches, one after the other: messages a second
//   bare_sqlite durable DIR SECONDS    one message in each: the median time of one group commit
//
// Makes DIR/bare.db, and prints one line of JSON. The statements are written down once more, as text, so that
// a store that becomes slow does not slow down what it is measured against: when the schema or the INSERT of
// storage/sqlite_statements.h changes, they must follow.
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "sockchat/storage/sqlite_store.h"
#include "storage/schema.h"

namespace sockchat::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::seconds;

constexpr std::size_t kTextBytes = 100;
constexpr std::int64_t kPairs = 50;
// As for the servers. It also brings the write-ahead log to its length: later commits overwrite it, which
// costs the disk less than making it longer.
constexpr auto kWarmUp = seconds(1);
// Those of storage/open_database.cc, and its writer's rule for copying the log back.
constexpr const char* kSettings =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;"
    "PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;"
    "PRAGMA wal_autocheckpoint = 2048";

bool make_tables(const std::string& path) {
  std::FILE* const file = std::fopen(path.c_str(), "w");
  if (file == nullptr || std::fclose(file) != 0) return false;
  auto database = sqlite::Database::open(path, seconds(1));
  return database && sqlite::migrate(**database, storage::schema());
}

class BareStore final {
 public:
  explicit BareStore(const std::string& directory);
  BareStore(const BareStore&) = delete;
  BareStore& operator=(const BareStore&) = delete;
  ~BareStore();

  // So many messages in one transaction, on the disk when it returns.
  void commit(std::size_t messages);

 private:
  void must(bool done);
  void execute(const char* sql) {
    must(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  sqlite3_stmt* prepare(const char* sql);
  void read_counters();
  void insert(std::int64_t mid);
  void write_counters();
  void write_progress();

  const std::string text_ = std::string(kTextBytes, 'x');
  sqlite3* database_ = nullptr;
  sqlite3_stmt* read_counters_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* write_counters_ = nullptr;
  int progress_ = -1;
  std::int64_t newest_ = 0;
  std::int64_t commits_ = 0;
};

BareStore::BareStore(const std::string& directory) {
  const std::string path = directory + "/bare.db";
  must(sqlite3_open_v2(path.c_str(), &database_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr) ==
       SQLITE_OK);
  execute(kSettings);
  read_counters_ = prepare("SELECT newest_mid, commits FROM counters");
  insert_ = prepare(
      "INSERT INTO messages(mid, sender, recipient, time, digest, cid, text, refusers) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
  write_counters_ = prepare("UPDATE counters SET newest_mid = ?1, commits = ?2");
  progress_ = ::open((directory + "/progress").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (progress_ >= 0) return;
  std::perror("bare_sqlite: progress");
  std::exit(1);
}

BareStore::~BareStore() {
  for (sqlite3_stmt* statement : {read_counters_, insert_, write_counters_}) sqlite3_finalize(statement);
  sqlite3_close(database_);
  ::close(progress_);
}

void BareStore::commit(std::size_t messages) {
  execute("BEGIN IMMEDIATE");
  read_counters();
  for (std::size_t at = 0; at < messages; ++at) insert(++newest_);
  write_counters();
  execute("COMMIT");
  write_progress();
}

void BareStore::must(bool done) {
  if (done) return;
  fmt::print(stderr, "bare_sqlite: {}\n", sqlite3_errmsg(database_));
  std::exit(1);
}

sqlite3_stmt* BareStore::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  must(sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) == SQLITE_OK);
  return statement;
}

void BareStore::read_counters() {
  must(sqlite3_step(read_counters_) == SQLITE_ROW);
  newest_ = sqlite3_column_int64(read_counters_, 0);
  commits_ = sqlite3_column_int64(read_counters_, 1);
  sqlite3_reset(read_counters_);
}

// From one to the other of a pair, without a cid and to nobody who could refuse it, as the load sends them.
void BareStore::insert(std::int64_t mid) {
  sqlite3_bind_int64(insert_, 1, mid);
  sqlite3_bind_int64(insert_, 2, 1 + mid % kPairs);
  sqlite3_bind_int64(insert_, 3, 1 + kPairs + mid % kPairs);
  sqlite3_bind_int64(insert_, 4, 1'700'000'000'000 + mid);
  // As long as a digest mostly is.
  sqlite3_bind_int64(insert_, 5,
                     static_cast<std::int64_t>(0x9E3779B97F4A7C15 * static_cast<std::uint64_t>(mid)));
  sqlite3_bind_null(insert_, 6);
  sqlite3_bind_blob(insert_, 7, text_.data(), static_cast<int>(text_.size()), SQLITE_STATIC);
  sqlite3_bind_null(insert_, 8);
  must(sqlite3_step(insert_) == SQLITE_DONE);
  sqlite3_reset(insert_);
}

void BareStore::write_counters() {
  sqlite3_bind_int64(write_counters_, 1, newest_);
  sqlite3_bind_int64(write_counters_, 2, ++commits_);
  must(sqlite3_step(write_counters_) == SQLITE_DONE);
  sqlite3_reset(write_counters_);
}

// As long as the store's file, and like it never synced.
void BareStore::write_progress() {
  const std::array<std::int64_t, 3> record{0, commits_, 0};
  if (::pwrite(progress_, record.data(), sizeof record, 0) == sizeof record) return;
  std::perror("bare_sqlite: progress");
  std::exit(1);
}

void warm_up(BareStore& store, std::size_t messages) {
  const auto end = Clock::now() + kWarmUp;
  while (Clock::now() < end) store.commit(messages);
}

void run_pipeline(BareStore& store, seconds length) {
  // As many as the store takes into one transaction while the workload keeps it busy.
  const std::size_t batch = storage::SqliteStoreLimits().batch_operations;
  warm_up(store, batch);
  std::size_t messages = 0;
  const auto begun = Clock::now();
  auto now = begun;
  for (; now < begun + length; now = Clock::now()) {
    store.commit(batch);
    messages += batch;
  }
  const double measured = std::chrono::duration<double>(now - begun).count();
  fmt::print(R"({{"workload":"pipeline","server":"bare_sqlite","metric":"messages_per_s","value":{:.0f},)"
             R"("batch":{},"seconds":{:.1f}}})"
             "\n",
             static_cast<double>(messages) / measured, batch, measured);
}

void run_durable(BareStore& store, seconds length) {
  warm_up(store, 1);
  std::vector<double> commits_us;
  const auto end = Clock::now() + length;
  for (auto begun = Clock::now(); begun < end;) {
    store.commit(1);
    const auto now = Clock::now();
    commits_us.push_back(std::chrono::duration<double, std::micro>(now - begun).count());
    begun = now;
  }
  std::ranges::sort(commits_us);
  const auto at = [&commits_us](double quantile) {
    return commits_us[static_cast<std::size_t>(quantile * static_cast<double>(commits_us.size() - 1))];
  };
  fmt::print(R"({{"workload":"durable","server":"commit","metric":"commit_median_us","value":{:.1f},)"
             R"("p99_us":{:.1f},"commits":{},"seconds":{}}})"
             "\n",
             at(0.5), at(0.99), commits_us.size(), length.count());
}

}  // namespace
}  // namespace sockchat::bench

int main(int argc, char** argv) {
  using namespace sockchat::bench;
  const std::string_view workload = argc == 4 ? argv[1] : "";
  const std::string_view length = argc == 4 ? argv[3] : "";
  int seconds = 0;
  std::from_chars(length.data(), length.data() + length.size(), seconds);
  if ((workload != "pipeline" && workload != "durable") || seconds < 1) {
    std::fputs("usage: bare_sqlite pipeline|durable DIR SECONDS\n", stderr);
    return 2;
  }
  const std::string directory = argv[2];
  if (!make_tables(directory + "/bare.db")) {
    std::fprintf(stderr, "bare_sqlite: cannot make %s/bare.db\n", directory.c_str());
    return 1;
  }
  BareStore store(directory);
  const auto run = workload == "pipeline" ? run_pipeline : run_durable;
  run(store, std::chrono::seconds(seconds));
}
