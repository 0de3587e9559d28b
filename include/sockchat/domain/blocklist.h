// Who refuses whom: one-way, user to user. (A login that is shut after wrong passwords is a lockout, another
// matter.) Loop thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sockchat/domain/records.h"

namespace sockchat::domain {

class Blocklist final {
 public:
  void add(BlockRecord block);
  void remove(BlockRecord block);
  // `owner` refuses `target`.
  [[nodiscard]] bool refuses(UserId owner, UserId target) const;
  // At least one user refuses `target`: the cheap question that spares a fan-out the dear one.
  [[nodiscard]] bool is_refused_by_anyone(UserId target) const;
  // In no particular order.
  [[nodiscard]] std::vector<UserId> refused_by(UserId owner) const;
  [[nodiscard]] std::size_t count(UserId owner) const;

 private:
  std::set<std::pair<UserId, UserId>> blocks_;          // owner, target
  std::unordered_map<UserId, std::uint32_t> refusers_;  // of a target
};

}  // namespace sockchat::domain
