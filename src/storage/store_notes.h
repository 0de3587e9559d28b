// What the threads of a store have to say to the operator.
#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <utility>

#include "sockchat/storage/sqlite_store.h"

namespace sockchat::storage {

// Any thread may speak; the notices run on the loop thread.
class SqliteStore::Notes final {
 public:
  Notes(Executor& executor, SqliteStoreNotices notices) : executor_(executor), notices_(std::move(notices)) {}

  void note(std::string text) {
    const std::size_t number = count_.fetch_add(1, std::memory_order_relaxed) + 1;
    if (number > kNotesMax) return;
    if (number == kNotesMax) text += "; this is the last such line";
    executor_.post([this, text = std::move(text)] {
      if (notices_.on_notice) notices_.on_notice(text);
    });
  }
  void met(LimitField limit) {
    executor_.post([this, limit] {
      if (notices_.on_limit) notices_.on_limit(limit);
    });
  }
  void end(Error error) {
    executor_.post([this, error = std::move(error)] {
      if (notices_.on_fatal) notices_.on_fatal(error);
    });
  }

 private:
  static constexpr std::size_t kNotesMax = 200;

  Executor& executor_;
  SqliteStoreNotices notices_;  // loop thread
  std::atomic<std::size_t> count_ = 0;
};

}  // namespace sockchat::storage
