// Writes down what happens, with the host's monotonic clock, and keeps it for the checker.
#pragma once

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include "checker/history.h"

namespace sockchat::checker {

using Clock = std::chrono::steady_clock;
using Instant = Clock::time_point;

class Recording final {
 public:
  // The file is written along: it tells of a run that did not come to its end, too.
  explicit Recording(const std::string& path);

  void add(Event event);
  void fact(std::string name, std::uint64_t value) {
    add({.kind = Kind::fact, .mid = value, .word = std::move(name)});
  }
  // False when the file could not be written.
  [[nodiscard]] bool flush();
  [[nodiscard]] const History& history() const { return history_; }

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Closer> file_;
  History history_;
};

}  // namespace sockchat::checker
