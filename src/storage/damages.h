// What was found damaged, a line each: bounded, the rest is counted in the last line. One thread.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace sockchat::storage {

class Damages final {
 public:
  void add(std::string line) {
    if (lines_.size() < kLinesMax) {
      lines_.push_back(std::move(line));
    } else {
      ++left_out_;
    }
  }
  // Since the last call.
  [[nodiscard]] std::vector<std::string> take() {
    if (left_out_ > 0) lines_.push_back(fmt::format("and {} more of the kind", left_out_));
    left_out_ = 0;
    return std::exchange(lines_, {});
  }

 private:
  static constexpr std::size_t kLinesMax = 16;
  std::vector<std::string> lines_;
  std::size_t left_out_ = 0;
};

}  // namespace sockchat::storage
