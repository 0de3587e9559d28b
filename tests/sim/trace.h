// What happened in a run, the last lines of it in words and all of it in a hash; and the first rule that was
// broken.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace sockchat::sim {

class Trace final {
 public:
  struct Violation {
    std::string rule;
    std::string what;
  };

  template <class... Arguments>
  void note(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    std::string line = fmt::format("{:5} ", ++step_);
    fmt::format_to(std::back_inserter(line), format, std::forward<Arguments>(arguments)...);
    for (const char c : line) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;  // FNV-1a
    if (lines_.size() == lines_max_) lines_.pop_front();
    lines_.push_back(std::move(line));
  }
  // The first one counts: what follows may only be its consequence.
  template <class... Arguments>
  void violate(const char* rule, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    if (violation_) return;
    violation_ = Violation{rule, fmt::format(format, std::forward<Arguments>(arguments)...)};
    note("*** {}: {}", violation_->rule, violation_->what);
  }

  void keep_all() { lines_max_ = std::numeric_limits<std::size_t>::max(); }

  // Rises with every line: the time of the checker.
  [[nodiscard]] std::uint64_t step() const { return step_; }
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] const std::optional<Violation>& violation() const { return violation_; }
  [[nodiscard]] const std::deque<std::string>& lines() const { return lines_; }

 private:
  std::size_t lines_max_ = 40;
  std::uint64_t step_ = 0;
  std::uint64_t hash_ = 0xCBF29CE484222325ULL;
  std::optional<Violation> violation_;
  std::deque<std::string> lines_;
};

}  // namespace sockchat::sim
