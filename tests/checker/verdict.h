// What the checker says of a history.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sockchat::checker {

struct Violation {
  std::string_view rule;
  std::int64_t at = 0;
  std::string what;
};

// The first violations in full, and how many there are of each rule.
class Verdict final {
 public:
  void add(std::string_view rule, std::int64_t at, std::string what) {
    ++counts_[rule];
    if (violations_.size() < kDescribedMax) violations_.push_back({rule, at, std::move(what)});
  }
  [[nodiscard]] bool good() const { return counts_.empty(); }
  [[nodiscard]] const std::vector<Violation>& violations() const { return violations_; }
  [[nodiscard]] std::size_t count(std::string_view rule) const {
    const auto found = counts_.find(rule);
    return found == counts_.end() ? 0 : found->second;
  }
  [[nodiscard]] const std::map<std::string_view, std::size_t>& counts() const { return counts_; }

 private:
  static constexpr std::size_t kDescribedMax = 200;
  std::vector<Violation> violations_;
  std::map<std::string_view, std::size_t> counts_;
};

}  // namespace sockchat::checker
