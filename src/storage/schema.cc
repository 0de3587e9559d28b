#include "storage/schema.h"

#include <fmt/format.h>

#include <array>

namespace sockchat::storage {
namespace {

// Step n leads from version n to n + 1. Never changed once released: a correction is a new step.
//
// - Message ids come from counters.newest_mid, so that one is not given again when its row is gone; the same
//   row counts the commits, at no page more than a commit writes anyway: compared with the directory's
//   `progress` file, the count shows transactions that were lost.
// - Digests tell a damaged row from a whole one: SQLite's pages carry no checksum.
// - The cursors stand apart from the accounts because they move with every delivery, and are small.
// - messages_by_recipient ends with the rowid, as every index does: it is (recipient, mid).
constexpr auto kSteps = std::to_array<const char*>({
    R"sql(
CREATE TABLE counters(
  only INTEGER PRIMARY KEY CHECK (only = 1),
  newest_mid INTEGER NOT NULL,
  commits INTEGER NOT NULL
) STRICT;
INSERT INTO counters VALUES (1, 0, 0);

CREATE TABLE accounts(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  removed INTEGER NOT NULL DEFAULT 0,
  digest INTEGER NOT NULL,
  created INTEGER NOT NULL,
  last_login INTEGER,
  last_logout INTEGER,
  failures INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE cursors(
  user INTEGER PRIMARY KEY,
  confirmed INTEGER NOT NULL,
  digest INTEGER NOT NULL
) STRICT;

CREATE TABLE messages(
  mid INTEGER PRIMARY KEY,
  sender INTEGER NOT NULL,
  recipient INTEGER NOT NULL,
  time INTEGER NOT NULL,
  digest INTEGER NOT NULL,
  cid TEXT,
  text BLOB NOT NULL
) STRICT;
CREATE INDEX messages_by_recipient ON messages(recipient);
CREATE UNIQUE INDEX messages_by_cid ON messages(sender, cid) WHERE cid IS NOT NULL;

CREATE TABLE blocks(
  owner INTEGER NOT NULL,
  target INTEGER NOT NULL,
  PRIMARY KEY (owner, target)
) STRICT, WITHOUT ROWID;

CREATE TABLE lockouts(
  digest BLOB PRIMARY KEY,
  failures INTEGER NOT NULL,
  locked_until INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE logins(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user INTEGER NOT NULL,
  login INTEGER NOT NULL,
  logout INTEGER,
  reason TEXT,
  address TEXT NOT NULL
) STRICT;
CREATE INDEX logins_open ON logins(user) WHERE logout IS NULL;
)sql",
});

// 0 for an empty database; otherwise it is ours, and not too new.
Result<std::int64_t> read_version(Database& database) {
  const auto version = database.ask_number("PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  const auto application = database.ask_number("PRAGMA application_id");
  if (!application) return tl::unexpected(application.error());
  const auto tables = database.ask_number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tl::unexpected(tables.error());
  const bool is_empty = *version == 0 && *application == 0 && *tables == 0;
  if (!is_empty && (*application != kApplicationId || *version < 1)) {
    return fail(Errc::corrupt, "it is not a database of sockchat");
  }
  if (*version > schema_version()) {
    return fail(Errc::system, fmt::format("a newer sockchat made it (version {}; this one knows {})",
                                          *version, schema_version()));
  }
  return *version;
}

Result<void> take_step(Database& database, std::int64_t version) {
  if (auto done = database.execute(kSteps[static_cast<std::size_t>(version)]); !done) return done;
  const std::string stamp =
      fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId, version + 1);
  return database.execute(stamp.c_str());
}

}  // namespace

std::int64_t schema_version() { return static_cast<std::int64_t>(kSteps.size()); }

Result<void> migrate(Database& database) {
  for (;;) {
    auto version = read_version(database);
    if (!version) return tl::unexpected(version.error());
    if (*version == schema_version()) return {};
    if (auto begun = database.begin(); !begun) return begun;
    // Another process may have been quicker.
    version = read_version(database);
    Result<void> done = !version                       ? tl::unexpected(version.error())
                        : *version == schema_version() ? Result<void>()
                                                       : take_step(database, *version);
    if (done) done = database.commit();
    if (!done) {
      static_cast<void>(database.rollback());
      return done;
    }
  }
}

}  // namespace sockchat::storage
