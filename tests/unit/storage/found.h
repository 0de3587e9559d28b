// Looking into the store on disk until something is as it must become.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "contract/store_worlds.h"
#include "sockchat/sqlite/database.h"

namespace sockchat::test {

// The texts that a search finds when the index has caught up, newest first.
inline std::vector<std::string> found_texts(SqliteWorld& world, UserId asker, const std::string& words) {
  std::vector<std::string> texts;
  REQUIRE(world.executor.run_until([&] {
    const auto page = world.ask().search(asker, words);
    if (!page || page->unindexed > 0) return false;
    texts.clear();
    for (const domain::Message& message : page->messages) texts.push_back(message.text);
    return true;
  }));
  return texts;
}

inline std::vector<std::string> history_texts(SqliteWorld& world, UserId asker, UserId with) {
  const auto page = world.ask().history(history_of(asker, with));
  REQUIRE_MESSAGE(page, (page ? "" : page.error().text));
  std::vector<std::string> texts;
  for (const domain::Message& message : page->messages) texts.push_back(message.text);
  return texts;
}

// Of a database beside the store.
inline std::int64_t number_in(const std::string& path, const char* sql) {
  const auto database = sqlite::Database::open(path, std::chrono::seconds(5));
  REQUIRE(database);
  const auto number = (*database)->ask_number(sql);
  REQUIRE_MESSAGE(number, (number ? "" : number.error().text));
  return *number;
}

inline void execute_in(const std::string& path, const char* sql) {
  const auto database = sqlite::Database::open(path, std::chrono::seconds(5));
  REQUIRE(database);
  const auto done = (*database)->execute(sql);
  REQUIRE_MESSAGE(done, (done ? "" : done.error().text));
}

}  // namespace sockchat::test
