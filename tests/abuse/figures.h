// What the rows of the attackers' table came to: figures against bounds. They stand in shared memory: a row
// is played in a process of its own, whose figures outlive it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <string_view>

#include "abuse/shared.h"

namespace sockchat::abuse {

// As a figure: it did not happen.
inline constexpr double kNever = 1e9;

class Figures final {
 public:
  // Below or equal to the bound is good. The unit stands behind both.
  void at_most(std::string_view row, std::string_view what, double value, double bound,
               std::string_view unit = "");
  void at_least(std::string_view row, std::string_view what, double value, double bound,
                std::string_view unit = "");
  // Told, not judged.
  void told(std::string_view row, std::string_view what, double value, std::string_view unit = "");
  // This machine does not allow what the row needs.
  void skipped(std::string_view row, std::string_view why);
  // The row could not be played: a failure whatever its figures.
  void failed(std::string_view row, std::string_view why);

  // The table, and behind it `abuse: N passed, N failed`.
  void print() const;
  // And at least one figure was judged, or skipped.
  [[nodiscard]] bool all_good() const;

 private:
  enum class Verdict : unsigned char { none, pass, fail, skip };
  struct Line {
    std::array<char, 192> text;
    Verdict verdict;
  };
  struct Page {
    std::atomic<std::size_t> count;
    std::array<Line, 512> lines;
  };
  void add(std::string_view row, std::string_view what, std::string_view value, std::string_view bound,
           Verdict verdict);
  [[nodiscard]] std::size_t number_of(Verdict verdict) const;

  Shared<Page> page_;
};

}  // namespace sockchat::abuse
