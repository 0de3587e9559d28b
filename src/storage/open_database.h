// From a directory to a database that can be trusted, in the order that matters. For the server and the
// account commands alike.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sockchat/base/result.h"
#include "storage/data_directory.h"
#include "storage/sqlite_queries.h"

namespace sockchat::storage {

struct OpenDatabase {
  DataDirectory directory;
  std::unique_ptr<Database> database;
  std::unique_ptr<SqliteQueries> queries;  // dies before the database
  std::vector<std::string> notices;        // what the operator should know, a line each
};

enum class OpenMode : std::uint8_t {
  server,            // alone; makes what is not there
  command,           // next to a server; there must be a database
  creating_command,  // the same, and makes what is not there
};

// One clear line (system, corrupt) that names the file: unreadable, in use, damaged, emptied, made by a newer
// version, or behind what was acknowledged.
Result<OpenDatabase> open_database(const std::string& directory, OpenMode mode);

}  // namespace sockchat::storage
