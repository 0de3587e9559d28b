// K11: what stands in the store after the run.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "checker/calls.h"
#include "checker/readers.h"

namespace sockchat::checker {

class StoreRules final {
 public:
  void add(const Event& event, Calls& calls, Verdict& verdict);
  // Behind the last event. Nothing is judged when the store was not looked at.
  void finish(const Calls& calls, const BlockSpans& blocks, const Readers& readers, Verdict& verdict) const;

 private:
  void check_calls(const Calls& calls, const Readers& readers, Verdict& verdict) const;
  void check_blocks(const BlockSpans& blocks, Verdict& verdict) const;

  bool looked_at_ = false;
  std::int64_t at_ = 0;
  std::unordered_map<std::uint64_t, std::uint64_t> rows_;  // call, mid
  std::set<std::pair<int, int>> blocks_;
  std::map<int, std::uint64_t> cursors_;
};

}  // namespace sockchat::checker
