#include "sockchat/domain/lockout.h"

#include <algorithm>

namespace sockchat::domain {

Lockout::Lockout(std::uint32_t failures_max, Duration lock_length, std::size_t names_max)
    : failures_max_(failures_max), lock_length_(lock_length), names_max_(names_max) {}

void Lockout::restore(const LockoutRecord& record, WallTime now) {
  const bool shut = record.locked_until && *record.locked_until > now;
  if (shut) {
    set(record.name, {.failures = 0, .locked_until = record.locked_until});
  } else {
    // A lock that is over has taken its failures along.
    set(record.name, {.failures = record.locked_until ? 0 : record.failures, .locked_until = std::nullopt});
  }
}

void Lockout::replace_all(const std::vector<LockoutRecord>& records, WallTime now) {
  names_.clear();
  order_.clear();
  for (const LockoutRecord& record : records) restore(record, now);
}

std::optional<Duration> Lockout::locked_for(const NameDigest& name, WallTime now) const {
  const auto found = names_.find(name);
  if (found == names_.end() || !found->second.locked_until || *found->second.locked_until <= now)
    return std::nullopt;
  // A clock that was set back must not shut a name for longer than the rule says.
  return std::min<Duration>(*found->second.locked_until - now, lock_length_);
}

LockoutRecord Lockout::record_failure(const NameDigest& name, WallTime now) {
  const auto found = names_.find(name);
  State state = found == names_.end() ? State{} : found->second;
  if (state.locked_until) state = {};  // it is over, or nobody would have asked
  if (++state.failures >= failures_max_) {
    state = {.failures = 0, .locked_until = now + std::chrono::ceil<std::chrono::milliseconds>(lock_length_)};
  }
  set(name, state);
  return current(name);
}

std::optional<LockoutRecord> Lockout::record_success(const NameDigest& name) {
  if (!names_.contains(name)) return std::nullopt;
  set(name, {});
  return LockoutRecord{.name = name, .failures = 0, .locked_until = std::nullopt};
}

LockoutRecord Lockout::current(const NameDigest& name) const {
  const auto found = names_.find(name);
  if (found == names_.end()) return {.name = name, .failures = 0, .locked_until = std::nullopt};
  return {.name = name, .failures = found->second.failures, .locked_until = found->second.locked_until};
}

std::uint32_t Lockout::attempts_left(const NameDigest& name, WallTime now) const {
  if (locked_for(name, now)) return 0;
  const auto found = names_.find(name);
  const bool counted = found != names_.end() && !found->second.locked_until;
  return failures_max_ - (counted ? found->second.failures : 0);
}

void Lockout::set(const NameDigest& name, State state) {
  if (const auto found = names_.find(name); found != names_.end()) {
    order_.erase(rank(name, found->second));
    names_.erase(found);
  }
  if (state.failures == 0 && !state.locked_until) return;
  if (names_.size() >= names_max_) make_room();
  names_.emplace(name, state);
  order_.insert(rank(name, state));
}

void Lockout::make_room() {
  names_.erase(std::get<NameDigest>(*order_.begin()));
  order_.erase(order_.begin());
}

Lockout::Rank Lockout::rank(const NameDigest& name, const State& state) {
  return {state.locked_until.value_or(WallTime::min()), state.failures, name};
}

}  // namespace sockchat::domain
