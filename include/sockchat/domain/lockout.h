// Failed logins of a name, over all connections and addresses, and the lock that follows: after
// `failures_max` consecutive failures the name is shut for `lock_length`. Attempts meanwhile do not prolong
// it. Kept by digest, for unknown names too. Loop thread; time is an argument, and a lock counts on the wall
// clock because it outlives the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "sockchat/domain/records.h"

namespace sockchat::domain {

class Lockout final {
 public:
  // At most `names_max` names are remembered; then a lock that is over goes first, then the name with the
  // fewest failures and no lock, then the lock that ends first. Both bounds are at least 1.
  Lockout(std::uint32_t failures_max, Duration lock_length, std::size_t names_max);

  void restore(const LockoutRecord& record, WallTime now);
  // Replaces everything by what the store has now (an operator unlocked somebody).
  void replace_all(const std::vector<LockoutRecord>& records, WallTime now);

  // Nothing when the name may try; otherwise how long it stays shut, more than zero.
  [[nodiscard]] std::optional<Duration> locked_for(const NameDigest& name, WallTime now) const;
  // One more failure; the record to store. At `failures_max` it is locked, and the count starts again after
  // the lock.
  LockoutRecord record_failure(const NameDigest& name, WallTime now);
  // The count goes back to zero; nothing to store when it was zero.
  std::optional<LockoutRecord> record_success(const NameDigest& name);
  // What is known of the name, as it would be stored.
  [[nodiscard]] LockoutRecord current(const NameDigest& name) const;
  // How many more failures the name has, at least 1 when it is not locked.
  [[nodiscard]] std::uint32_t attempts_left(const NameDigest& name, WallTime now) const;
  [[nodiscard]] std::size_t size() const { return names_.size(); }

 private:
  struct State {
    std::uint32_t failures = 0;
    std::optional<WallTime> locked_until;
  };
  // Who goes first when there is no room: not locked before locked, few failures before many, soon over
  // before late.
  using Rank = std::tuple<WallTime, std::uint32_t, NameDigest>;
  static Rank rank(const NameDigest& name, const State& state);
  void set(const NameDigest& name, const State& state, WallTime now);
  bool forget(const NameDigest& name);
  void make_room(WallTime now);

  const std::uint32_t failures_max_;
  const Duration lock_length_;
  const std::size_t names_max_;
  std::map<NameDigest, State> names_;
  std::set<Rank> order_;
};

}  // namespace sockchat::domain
