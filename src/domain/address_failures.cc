#include "sockchat/domain/address_failures.h"

#include "sockchat/base/check.h"

namespace sockchat::domain {

AddressFailures::AddressFailures(std::size_t failures_max, std::size_t addresses_max)
    : failures_max_(failures_max), addresses_max_(addresses_max) {
  SOCKCHAT_CHECK(failures_max_ > 0 && addresses_max_ > 0);
}

std::optional<Duration> AddressFailures::refused_for(const AddressGroup& address, TimePoint now) const {
  const auto found = hours_.find(address);
  if (found == hours_.end() || found->second.end <= now || found->second.failures < failures_max_)
    return std::nullopt;
  return found->second.end - now;
}

void AddressFailures::count(const AddressGroup& address, TimePoint now) {
  while (!by_end_.empty() && hours_.at(by_end_.front()).end <= now) forget_oldest();
  const auto found = hours_.find(address);
  if (found != hours_.end()) {
    ++found->second.failures;
    return;
  }
  if (hours_.size() >= addresses_max_) forget_oldest();
  hours_.emplace(address, Hour{.failures = 1, .end = now + std::chrono::hours(1)});
  by_end_.push_back(address);
}

void AddressFailures::take_back(const AddressGroup& address) {
  // It may have been forgotten, and have a new hour since.
  const auto found = hours_.find(address);
  if (found != hours_.end() && found->second.failures > 0) --found->second.failures;
}

void AddressFailures::forget_oldest() {
  hours_.erase(by_end_.front());
  by_end_.pop_front();
}

}  // namespace sockchat::domain
