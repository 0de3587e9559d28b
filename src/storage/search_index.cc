#include "storage/search_index.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "sockchat/sqlite/migration.h"
#include "storage/data_directory.h"
#include "storage/sqlite_statements.h"

namespace sockchat::storage {
namespace {

using domain::Message;

// Nobody else works on the file.
constexpr std::chrono::milliseconds kPatience{1'000};
constexpr std::int64_t kCheckBytesMax = 16 << 20;
// The log is copied back when it has so many pages: 4 MiB.
constexpr std::size_t kLogPages = 1024;
// More than one step of retention leaves behind.
constexpr std::int64_t kDroppedMax = 1'000;

// A commit that a power cut takes back is made again from the messages: no sync for each.
constexpr const char* kSettings =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = NORMAL;"
    "PRAGMA journal_size_limit = 16777216;"
    "PRAGMA cache_size = -1024;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA cell_size_check = ON";

// - state.commits: how far the database was when the position was reached. One that is behind it now is an
//   older one that was restored.
// - dropped: what was taken out of `words` and may still stand in the database. Out of an index without texts
//   a message must not be taken twice.
constexpr auto kSteps = std::to_array<const char*>({
    R"sql(
CREATE TABLE state(
  only INTEGER PRIMARY KEY CHECK (only = 1),
  lineage INTEGER NOT NULL,
  commits INTEGER NOT NULL,
  position INTEGER NOT NULL
) STRICT;
CREATE TABLE dropped(mid INTEGER PRIMARY KEY) STRICT;
CREATE VIRTUAL TABLE words USING fts5(
  who, text, content = '', columnsize = 0, tokenize = 'unicode61 remove_diacritics 0'
);
)sql",
});
constexpr sqlite::Schema kSchema{.application_id = 0x534b4349, .steps = kSteps};  // "SKCI"

std::string who_of(const Message& message) {
  return fmt::format("u{} u{}", message.from.value(), message.to.value());
}

// Everything goes in quotes, where nothing has a meaning but a quote; and the words have none.
std::string match_of(UserId asker, const std::vector<SearchWord>& words) {
  std::string match = fmt::format("who : (\"u{}\" OR \"u0\") AND text : (", asker.value());
  for (const SearchWord& word : words) {
    match += '"';
    for (const std::string& part : word) match += part + ' ';
    match += "\" ";
  }
  return match + ')';
}

Result<void> make_file(const std::string& path) {
  const FileHandle made(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (made) return {};
  return fail(Errc::system, fmt::format("cannot make {}: {}", path, std::strerror(errno)));
}

Result<void> remove_file(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    const std::string name = path + suffix;
    if (::unlink(name.c_str()) == 0 || errno == ENOENT) continue;
    return fail(Errc::system, fmt::format("cannot remove {}: {}", name, std::strerror(errno)));
  }
  return {};
}

}  // namespace

struct SearchIndex::Statements {
  explicit Statements(Preparer& a_preparer) : prepare(a_preparer) {}

  Preparer& prepare;
  Statement insert = prepare("INSERT INTO words(rowid, who, text) VALUES (?1, ?2, ?3)");
  Statement remove = prepare("INSERT INTO words(words, rowid, who, text) VALUES ('delete', ?1, ?2, ?3)");
  Statement move = prepare("UPDATE state SET position = ?1, commits = ?2");
  Statement find = prepare("SELECT rowid FROM words WHERE words MATCH ?1 ORDER BY rowid DESC");
  Statement note_dropped = prepare("INSERT INTO dropped(mid) VALUES (?1)");
  Statement forget_dropped = prepare("DELETE FROM dropped WHERE mid = ?1");
  Statement list_dropped = prepare("SELECT mid FROM dropped ORDER BY mid LIMIT ?1");
};

// --- the file

SearchIndex::SearchIndex(std::unique_ptr<Database> database) : database_(std::move(database)) {}

SearchIndex::~SearchIndex() = default;

Result<std::unique_ptr<SearchIndex>> SearchIndex::open(const std::string& path, const MainState& main,
                                                       std::vector<std::string>& notices) {
  struct stat status {};
  std::string why = "is missing";
  if (::lstat(path.c_str(), &status) == 0) {
    if ((status.st_mode & 0077) != 0 && S_ISREG(status.st_mode)) ::chmod(path.c_str(), 0600);
    auto index = open_file(path);
    auto objection = index ? (*index)->objection(main) : tl::unexpected(index.error());
    if (objection && !*objection) return index;
    why = objection ? **objection : fmt::format("is damaged ({})", objection.error().text);
  }
  if (main.newest) notices.push_back(fmt::format("{} {}: the search index is made anew", path, why));
  return rebuild(path, main);
}

Result<std::unique_ptr<SearchIndex>> SearchIndex::rebuild(const std::string& path, const MainState& main) {
  if (auto removed = remove_file(path); !removed) return tl::unexpected(removed.error());
  if (auto made = make_file(path); !made) return tl::unexpected(made.error());
  auto index = open_file(path);
  if (!index) return index;
  const std::string first =
      fmt::format("INSERT INTO state VALUES (1, {}, {}, 0)", main.lineage, main.commits);
  if (auto begun = (*index)->database_->execute(first.c_str()); !begun) return tl::unexpected(begun.error());
  return index;
}

Result<std::unique_ptr<SearchIndex>> SearchIndex::open_file(const std::string& path) {
  auto database = Database::open(path, kPatience);
  if (!database) return tl::unexpected(database.error());
  auto index = std::unique_ptr<SearchIndex>(new SearchIndex(*std::move(database)));
  if (auto up = index->bring_up(); !up) return tl::unexpected(up.error());
  return index;
}

Result<void> SearchIndex::bring_up() {
  if (auto set = database_->execute(kSettings); !set) return set;
  const auto pages = database_->ask_number("PRAGMA page_count");
  if (!pages) return tl::unexpected(pages.error());
  if (*pages * 4096 <= kCheckBytesMax) {
    const auto verdict = database_->ask("PRAGMA quick_check(1)");
    if (!verdict) return tl::unexpected(verdict.error());
    if (*verdict != "ok") return fail(Errc::corrupt, verdict->value_or("no verdict"));
  }
  if (auto done = sqlite::migrate(*database_, kSchema); !done) return done;
  Preparer preparer{*database_, std::nullopt};
  statements_ = std::make_unique<Statements>(preparer);
  if (preparer.error) return tl::unexpected(std::move(*preparer.error));
  return {};
}

Result<std::optional<std::string>> SearchIndex::objection(const MainState& main) {
  auto state = database_->prepare("SELECT lineage, commits, position FROM state");
  if (!state) return tl::unexpected(state.error());
  auto row = state->with();
  const auto found = row.next();
  if (!found) return tl::unexpected(found.error());
  if (!*found) return "is not finished";
  if (row.integer(0) != main.lineage) return "belongs to another database";
  position_ = row.id<MessageId>(2);
  if (row.bits(1) > main.commits || position_ > main.newest) return "is ahead of the database";
  return std::nullopt;
}

// --- what is in it

void SearchIndex::set_deadline(std::optional<std::chrono::steady_clock::time_point> deadline) {
  database_->set_deadline(deadline);
}

sqlite::DbFault SearchIndex::take_fault() { return database_->take_fault(); }

Result<void> SearchIndex::transact(const std::function<Result<void>()>& work) {
  if (auto begun = database_->begin(); !begun) return begun;
  auto done = work();
  if (done) done = database_->commit();
  if (!done) {
    static_cast<void>(database_->rollback());
    return done;
  }
  if (database_->log_pages() >= kLogPages) return database_->checkpoint();
  return {};
}

Result<void> SearchIndex::add(const MessageRun& run) {
  const auto done = transact([&]() -> Result<void> {
    for (const Message& message : run.messages) {
      const std::string who = who_of(message);
      auto insertion =
          statements_->insert.with(message.id, std::string_view(who), std::string_view(message.text));
      if (auto inserted = insertion.run(); !inserted) return inserted;
    }
    return statements_->move.with(run.up_to, static_cast<std::int64_t>(run.state.commits)).run();
  });
  if (done) position_ = run.up_to;
  return done;
}

Result<void> SearchIndex::drop(const std::vector<MessageId>& ids, const std::vector<Message>& messages,
                               const MainState& main) {
  // The rows go for good as soon as this is done, and with them the words that would find this again.
  if (auto set = database_->execute("PRAGMA synchronous = FULL"); !set) return set;
  const auto done = transact([&]() -> Result<void> {
    for (const Message& message : messages) {
      const std::string who = who_of(message);
      auto removal =
          statements_->remove.with(message.id, std::string_view(who), std::string_view(message.text));
      if (auto removed = removal.run(); !removed) return removed;
    }
    for (const MessageId id : ids) {
      if (auto noted = statements_->note_dropped.with(id).run(); !noted) return noted;
    }
    return statements_->move.with(position_, static_cast<std::int64_t>(main.commits)).run();
  });
  if (auto set = database_->execute("PRAGMA synchronous = NORMAL"); !set) return set;
  return done;
}

Result<void> SearchIndex::forget(const std::vector<MessageId>& ids, const MainState& main) {
  return transact([&]() -> Result<void> {
    for (const MessageId id : ids) {
      if (auto forgotten = statements_->forget_dropped.with(id).run(); !forgotten) return forgotten;
    }
    return statements_->move.with(position_, static_cast<std::int64_t>(main.commits)).run();
  });
}

Result<std::vector<MessageId>> SearchIndex::dropped() {
  std::vector<MessageId> ids;
  auto rows = statements_->list_dropped.with(kDroppedMax);
  for (;;) {
    const auto row = rows.next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return ids;
    ids.push_back(rows.id<MessageId>(0));
  }
}

Result<void> SearchIndex::find(UserId asker, const std::vector<SearchWord>& words,
                               const std::function<Result<bool>(MessageId)>& take) {
  const std::string match = match_of(asker, words);
  auto hits = statements_->find.with(std::string_view(match));
  for (;;) {
    const auto row = hits.next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    const auto goes_on = take(hits.id<MessageId>(0));
    if (!goes_on) return tl::unexpected(goes_on.error());
    if (!*goes_on) return {};
  }
}

}  // namespace sockchat::storage
