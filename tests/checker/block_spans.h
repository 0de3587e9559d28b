// Who refused whom, and when that is certain. Between a request to change it and its answer either may hold.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "checker/history.h"
#include "checker/verdict.h"

namespace sockchat::checker {

inline constexpr std::int64_t kBeginning = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

class BlockSpans final {
 public:
  // Events of changes, in order. An answer that contradicts what is certain breaks K8.
  void add(const Event& event, Verdict& verdict);

  // From the one moment to the other, both included, without a doubt.
  [[nodiscard]] bool surely_blocked(int owner, int target, std::int64_t from, std::int64_t to) const {
    return holds(owner, target, from, to, true);
  }
  [[nodiscard]] bool surely_open(int owner, int target, std::int64_t from, std::int64_t to) const {
    return holds(owner, target, from, to, false);
  }
  // At the end of the history. Owner and target.
  [[nodiscard]] std::vector<std::pair<int, int>> blocked_at_end() const;

 private:
  struct Span {
    std::int64_t from;
    std::int64_t until;
    bool blocked;
  };
  struct Change {
    std::pair<int, int> pair{};
    bool to_blocked = false;
    std::optional<bool> before;  // blocked, when that was certain
    bool asked_again = false;    // an earlier request may have been carried out
    bool over = false;
  };
  using Spans = std::vector<Span>;

  [[nodiscard]] bool holds(int owner, int target, std::int64_t from, std::int64_t to, bool blocked) const;
  void begin(const Event& event);
  void settle(const Event& event, Change& change, bool blocked);
  Spans& spans_of(std::pair<int, int> pair);

  std::map<std::pair<int, int>, Spans> spans_;  // in order of time; what lies between is not certain
  std::unordered_map<std::uint64_t, Change> changes_;
};

}  // namespace sockchat::checker
