#include "storage/upgrade.h"

#include <fmt/format.h>

#include <utility>

#include "storage/database_copy.h"

namespace sockchat::storage {

Result<void> upgrade(sqlite::Database& database, const sqlite::Schema& schema, const std::string& path,
                     std::vector<std::string>& notices) {
  const auto version = sqlite::read_version(database, schema);
  if (!version) return tl::unexpected(version.error());
  const bool is_upgrade = *version > 0 && *version < schema.version();
  if (is_upgrade) {
    const std::string copy = fmt::format("{}.version-{}.backup", path, *version);
    const auto nobody = [](std::string_view, std::uint64_t, std::uint64_t) {};
    auto backup = copy_database(database, schema, copy, Existing::replaced, nobody);
    if (!backup) {
      return fail(
          backup.error().code,
          fmt::format(
              "it has to be changed from version {} to {}, and is not, because there is no backup: {}",
              *version, schema.version(), backup.error().text));
    }
    for (std::string& damage : backup->damages) notices.push_back(std::move(damage));
    notices.push_back(fmt::format("{} is what the database was before its change from version {} to {}", copy,
                                  *version, schema.version()));
  }
  return sqlite::migrate(database, schema);
}

}  // namespace sockchat::storage
