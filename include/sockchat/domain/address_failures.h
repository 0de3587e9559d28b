// Wrong passwords of an address, over all names and connections: `failures_max` in an hour, and nothing that
// comes from there is checked for the rest of it. The hour begins with the first failure. Loop thread; time
// is an argument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "sockchat/base/address_group.h"
#include "sockchat/base/time.h"

namespace sockchat::domain {

class AddressFailures final {
 public:
  // At most `addresses_max` are remembered; then the one whose hour ends first is forgotten, with what it
  // had left. It takes that many wrong passwords, each of which costs a hash, to be forgotten on purpose.
  AddressFailures(std::size_t failures_max, std::size_t addresses_max);

  // Nothing when a password from there may be checked; otherwise how long none is, more than zero.
  [[nodiscard]] std::optional<Duration> refused_for(const AddressGroup& address, TimePoint now) const;
  // Before the check, so that many at once do not get more of them than there are.
  void count(const AddressGroup& address, TimePoint now);
  // It was right, or was not checked.
  void take_back(const AddressGroup& address);
  [[nodiscard]] std::size_t size() const { return hours_.size(); }

 private:
  struct Hour {
    std::size_t failures = 0;
    TimePoint end;
  };
  void forget_oldest();

  const std::size_t failures_max_;
  const std::size_t addresses_max_;
  std::map<AddressGroup, Hour> hours_;
  std::deque<AddressGroup> by_end_;  // the same: all hours are of one length
};

}  // namespace sockchat::domain
