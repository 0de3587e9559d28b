#include "checker/store_reader.h"

#include <charconv>
#include <map>
#include <memory>
#include <string_view>

#include "sockchat/sqlite/database.h"

namespace sockchat::checker {
namespace {

using sqlite::Database;

// By the id that the server gave.
using Names = std::map<std::int64_t, int>;

int user_of(std::string_view name) {
  int user = kStranger;
  if (name.starts_with('u')) std::from_chars(name.data() + 1, name.data() + name.size(), user);
  return user;
}

int find(const Names& names, std::int64_t id) {
  const auto found = names.find(id);
  return found == names.end() ? kStranger : found->second;
}

template <class Visit>
Result<void> each_row(Database& database, std::string_view sql, const Visit& visit) {
  auto statement = database.prepare(sql);
  if (!statement) return tl::unexpected(statement.error());
  auto rows = statement->with();
  for (;;) {
    const auto row = rows.next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    visit(rows);
  }
}

std::uint64_t call_in(std::string_view text) {
  std::uint64_t call = 0;
  std::from_chars(text.data(), text.data() + text.size(), call);
  return call;
}

}  // namespace

Result<void> read_store(const std::string& data_directory, Recording& recording) {
  auto database = Database::open(data_directory + "/sockchat.db", std::chrono::milliseconds(1000));
  if (!database) return tl::unexpected(database.error());
  Database& open = **database;
  const auto integrity = open.ask("PRAGMA integrity_check");
  if (!integrity) return tl::unexpected(integrity.error());
  recording.add({.kind = Kind::integrity, .word = integrity->value_or("silent")});

  Names names;
  auto done = each_row(open, "SELECT id, name FROM accounts",
                       [&](sqlite::Cursor& row) { names[row.integer(0)] = user_of(row.text(1)); });
  if (!done) return done;
  done = each_row(open, "SELECT mid, sender, recipient, text FROM messages ORDER BY mid",
                  [&](sqlite::Cursor& row) {
                    const std::string_view text = row.bytes(3);
                    recording.add({.kind = Kind::stored,
                                   .user = find(names, row.integer(1)),
                                   .peer = row.integer(2) == 0 ? kEverybody : find(names, row.integer(2)),
                                   .call = call_in(text),
                                   .mid = row.bits(0),
                                   .hash = hash_of(text)});
                  });
  if (!done) return done;
  done = each_row(open, "SELECT owner, target FROM blocks", [&](sqlite::Cursor& row) {
    recording.add({.kind = Kind::stored_block,
                   .user = find(names, row.integer(0)),
                   .peer = find(names, row.integer(1))});
  });
  if (!done) return done;
  return each_row(open, "SELECT user, confirmed FROM cursors", [&](sqlite::Cursor& row) {
    recording.add({.kind = Kind::stored_cursor, .user = find(names, row.integer(0)), .mid = row.bits(1)});
  });
}

}  // namespace sockchat::checker
