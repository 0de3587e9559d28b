#include "storage/backup_contents.h"

#include <fmt/format.h>

#include <functional>
#include <optional>
#include <utility>

#include "storage/fnv1a.h"

namespace sockchat::storage {
namespace {

using sqlite::Cursor;
using sqlite::Database;

constexpr std::size_t kDamageLinesMax = 16;
// Rows between two words about the progress.
constexpr std::uint64_t kRowsAtOnce = 10'000;

class Examiner final {
 public:
  Examiner(Database& database, const BackupProgress& progress) : database_(database), progress_(progress) {}

  Result<Examination> run(const sqlite::Schema& schema) {
    const auto version = sqlite::read_version(database_, schema);
    if (!version) return tl::unexpected(version.error());
    if (*version == 0) return fail(Errc::corrupt, "it is an empty database");
    examination_.contents.version = *version;
    for (const auto step : {&Examiner::check_structure, &Examiner::read_counters, &Examiner::check_accounts,
                            &Examiner::check_cursors, &Examiner::check_messages}) {
      if (auto done = (this->*step)(); !done) return tl::unexpected(done.error());
    }
    if (left_out_ > 0) examination_.damages.push_back(fmt::format("and {} more rows are damaged", left_out_));
    return std::move(examination_);
  }

 private:
  Result<void> check_structure() {
    const auto verdict = database_.ask("PRAGMA integrity_check(1)");
    if (!verdict) return tl::unexpected(verdict.error());
    if (*verdict == "ok") return {};
    return fail(Errc::corrupt, fmt::format("it is damaged ({})", verdict->value_or("no verdict")));
  }

  Result<void> read_counters() {
    BackupContents& contents = examination_.contents;
    bool found = false;
    auto read = each_row("SELECT newest_mid, commits FROM counters", [&](Cursor& row) -> Result<void> {
      found = true;
      contents.newest = row.id<MessageId>(0);
      contents.commits = row.bits(1);
      return {};
    });
    if (read && !found) return fail(Errc::corrupt, "the message counter is gone");
    return read;
  }

  // A damaged one may be somebody else's way in: nobody goes on with it.
  Result<void> check_accounts() {
    return each_row("SELECT id, name, password_hash, removed, digest FROM accounts ORDER BY id",
                    [&](Cursor& row) -> Result<void> {
                      const std::uint64_t removed = row.integer(3) != 0 ? 1 : 0;
                      const auto digest =
                          Fnv1a().add(row.bits(0)).add(row.text(1)).add(row.text(2)).add(removed);
                      if (row.integer(4) != digest.as_column())
                        return fail(Errc::corrupt, fmt::format("account {} is damaged", row.bits(0)));
                      ++examination_.contents.accounts;
                      return {};
                    });
  }

  Result<void> check_cursors() {
    return each_row("SELECT user, confirmed, digest FROM cursors", [&](Cursor& row) -> Result<void> {
      if (row.integer(2) != Fnv1a().add(row.bits(0)).add(row.bits(1)).as_column())
        damaged(fmt::format("what user {} has confirmed is damaged", row.bits(0)));
      return {};
    });
  }

  Result<void> check_messages() {
    // The first version did not know it, and later ones leave it empty nearly always.
    const auto has_refusers =
        database_.ask_number("SELECT count(*) FROM pragma_table_info('messages') WHERE name = 'refusers'");
    if (!has_refusers) return tl::unexpected(has_refusers.error());
    const auto total = database_.ask_number("SELECT count(*) FROM messages");
    if (!total) return tl::unexpected(total.error());
    BackupContents& contents = examination_.contents;
    std::uint64_t newest = 0;
    auto read = each_row(
        fmt::format("SELECT mid, sender, recipient, time, digest, text, {} FROM messages ORDER BY mid",
                    *has_refusers != 0 ? "refusers" : "NULL"),
        [&](Cursor& row) -> Result<void> {
          newest = row.bits(0);
          Fnv1a digest;
          digest.add(newest).add(row.bits(1)).add(row.bits(2)).add(row.bits(3)).add(row.bytes(5));
          if (!row.bytes(6).empty()) digest.add(row.bytes(6));
          if (row.integer(4) != digest.as_column()) damaged(fmt::format("message {} is damaged", newest));
          if (++contents.messages % kRowsAtOnce == 0)
            progress_("checked", contents.messages, static_cast<std::uint64_t>(*total));
          return {};
        });
    if (read && newest > contents.newest.value())
      return fail(Errc::corrupt, "the message counter is behind the messages");
    return read;
  }

  Result<void> each_row(std::string_view sql, const std::function<Result<void>(Cursor&)>& look) {
    auto statement = database_.prepare(sql);
    if (!statement)
      return fail(Errc::corrupt,
                  fmt::format("the tables are not as they must be ({})", statement.error().text));
    auto rows = statement->with();
    for (;;) {
      const auto row = rows.next();
      if (!row) return tl::unexpected(row.error());
      if (!*row) return {};
      if (auto looked = look(rows); !looked) return looked;
    }
  }

  void damaged(std::string line) {
    if (examination_.damages.size() < kDamageLinesMax) {
      examination_.damages.push_back(std::move(line));
    } else {
      ++left_out_;
    }
  }

  Database& database_;
  const BackupProgress& progress_;
  Examination examination_;
  std::size_t left_out_ = 0;
};

}  // namespace

Result<Examination> examine(Database& database, const sqlite::Schema& schema,
                            const BackupProgress& progress) {
  return Examiner(database, progress).run(schema);
}

}  // namespace sockchat::storage
