#include "sockchat/domain/lockout.h"

#include <algorithm>

#include "sockchat/base/check.h"

namespace sockchat::domain {
namespace {

constexpr WallTime kNotLocked = WallTime::min();

}  // namespace

Lockout::Lockout(std::uint32_t failures_max, Duration lock_length, std::size_t names_max)
    : failures_max_(failures_max), lock_length_(lock_length), names_max_(names_max) {
  SOCKCHAT_CHECK(failures_max_ > 0 && names_max_ > 0);
}

void Lockout::restore(const LockoutRecord& record, WallTime now) {
  State state{.failures = record.failures, .locked_until = record.locked_until};
  // A lock has taken the failures along; one that is over leaves nothing.
  if (state.locked_until) state.failures = 0;
  if (state.locked_until && *state.locked_until <= now) state = {};
  set(record.name, state, now);
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
  set(name, state, now);
  return current(name);
}

std::optional<LockoutRecord> Lockout::record_success(const NameDigest& name) {
  if (!forget(name)) return std::nullopt;
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
  if (found == names_.end() || found->second.locked_until) return failures_max_;
  // What was stored may come from a time with a more patient rule.
  return std::max(failures_max_, found->second.failures + 1) - found->second.failures;
}

void Lockout::set(const NameDigest& name, const State& state, WallTime now) {
  forget(name);
  if (state.failures == 0 && !state.locked_until) return;
  if (names_.size() >= names_max_) make_room(now);
  names_.emplace(name, state);
  order_.insert(rank(name, state));
}

bool Lockout::forget(const NameDigest& name) {
  const auto found = names_.find(name);
  if (found == names_.end()) return false;
  order_.erase(rank(name, found->second));
  names_.erase(found);
  return true;
}

void Lockout::make_room(WallTime now) {
  // Behind those that are not locked, the lock that ends first. When it is over, it is worth less than a
  // count: otherwise a table full of old locks would forget every new failure at the next one.
  const auto soonest = order_.lower_bound(Rank{kNotLocked + std::chrono::milliseconds(1), 0, NameDigest{}});
  const bool is_over = soonest != order_.end() && std::get<WallTime>(*soonest) <= now;
  const auto victim = is_over ? soonest : order_.begin();
  names_.erase(std::get<NameDigest>(*victim));
  order_.erase(victim);
}

Lockout::Rank Lockout::rank(const NameDigest& name, const State& state) {
  return {state.locked_until.value_or(kNotLocked), state.failures, name};
}

}  // namespace sockchat::domain
