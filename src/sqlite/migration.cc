#include "sockchat/sqlite/migration.h"

#include <fmt/format.h>

namespace sockchat::sqlite {
namespace {

Result<void> take_step(Database& database, const Schema& schema, std::int64_t version) {
  if (auto done = database.execute(schema.steps[static_cast<std::size_t>(version)]); !done) return done;
  const std::string stamp =
      fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", schema.application_id, version + 1);
  return database.execute(stamp.c_str());
}

}  // namespace

Result<std::int64_t> read_version(Database& database, const Schema& schema) {
  const auto version = database.ask_number("PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  const auto application = database.ask_number("PRAGMA application_id");
  if (!application) return tl::unexpected(application.error());
  const auto tables = database.ask_number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tl::unexpected(tables.error());
  const bool is_empty = *version == 0 && *application == 0 && *tables == 0;
  if (!is_empty && (*application != schema.application_id || *version < 1)) {
    return fail(Errc::corrupt, "it is not a database of sockchat");
  }
  if (*version > schema.version()) {
    return fail(Errc::system, fmt::format("a newer sockchat made it (version {}; this one knows {})",
                                          *version, schema.version()));
  }
  return *version;
}

Result<void> migrate(Database& database, const Schema& schema) {
  for (;;) {
    auto version = read_version(database, schema);
    if (!version) return tl::unexpected(version.error());
    if (*version == schema.version()) return {};
    if (auto begun = database.begin(); !begun) return begun;
    // Another process may have been quicker.
    version = read_version(database, schema);
    Result<void> done = !version                       ? tl::unexpected(version.error())
                        : *version == schema.version() ? Result<void>()
                                                       : take_step(database, schema, *version);
    if (done) done = database.commit();
    if (!done) {
      static_cast<void>(database.rollback());
      return done;
    }
  }
}

}  // namespace sockchat::sqlite
