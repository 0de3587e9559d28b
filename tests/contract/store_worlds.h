// The stores that keep the contract, each with what it needs around it.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "sockchat/base/counters.h"
#include "sockchat/storage/memory_store.h"
#include "sockchat/storage/sqlite_store.h"
#include "support/asking.h"
#include "support/temporary_directory.h"

namespace sockchat::test {

inline constexpr UserId kAlice{1};
inline constexpr UserId kBob{2};
inline constexpr UserId kCarol{3};
inline constexpr UserId kEveryone{};

struct MemoryWorld {
  static constexpr bool kKeeps = false;

  explicit MemoryWorld(std::size_t queue_max = 65'536) : owned(executor, {.queue_max = queue_max}) {}

  domain::Store& store() { return owned; }
  Asking ask() { return {owned, executor}; }

  ManualExecutor executor;
  storage::MemoryStore owned;
};

struct SqliteWorld {
  static constexpr bool kKeeps = true;
  // A machine that is busy with other tests must not make an answer `busy`.
  static constexpr Duration kPatience = std::chrono::seconds(20);

  explicit SqliteWorld(std::size_t queue_max = 65'536)
      : SqliteWorld(storage::SqliteStoreLimits{.queue_max = queue_max, .history_time_max = kPatience}) {}
  explicit SqliteWorld(storage::SqliteStoreLimits given) : limits(given) { open(); }
  // For a test that lays something into the directory first.
  struct Closed {};
  explicit SqliteWorld(Closed) : limits{.history_time_max = kPatience} {}

  domain::Store& store() { return *owned; }
  Asking ask() { return {*owned, executor}; }

  // As after an orderly stop.
  void reopen() {
    close();
    open();
  }
  void close() {
    owned.reset();
    executor.run_until([this] { return executor.waiting() == 0; });
  }
  void open() {
    auto opened = try_open();
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().text));
    owned = *std::move(opened);
  }
  Result<std::unique_ptr<storage::SqliteStore>> try_open() {
    return storage::SqliteStore::open(
        directory.path(), executor, limits,
        {.on_fatal = [this](const Error& error) { fatal.push_back(error.text); },
         .on_notice = [this](const std::string& text) { notices.push_back(text); },
         .on_limit = [this](LimitField limit) { met.count(limit); }});
  }

  TemporaryDirectory directory;
  ManualExecutor executor;
  storage::SqliteStoreLimits limits;
  std::vector<std::string> notices;
  std::vector<std::string> fatal;
  Counters met;
  std::unique_ptr<storage::SqliteStore> owned;
};

}  // namespace sockchat::test
