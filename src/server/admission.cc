#include "server/admission.h"

#include <algorithm>

#include "sockchat/base/check.h"

namespace sockchat::server {
namespace {

// After which a place is likely to be free again, or a login to have come.
constexpr Duration kTryAgain = std::chrono::seconds(1);
// Beyond that it does not matter any more who was here.
constexpr double kPaidBackMax = 3600;

Duration paid_back_after(const Limits& limits) {
  if (limits.address_new_rate <= 0) return Duration::zero();
  const double seconds = std::min(kPaidBackMax, limits.address_new_burst / limits.address_new_rate);
  return std::chrono::ceil<Duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

Admission::Admission(const Limits& limits, std::move_only_function<std::uint64_t()> chance)
    : limits_(limits), chance_(std::move(chance)), paid_back_after_(paid_back_after(limits)) {}

std::optional<TurnedAway> Admission::enter(const AddressGroup& address, std::size_t strangers,
                                           TimePoint now) {
  if (address.is_loopback() && limits_.address_limits_loopback == 0) return std::nullopt;
  forget_gone(now);
  const auto known = guests_.find(address);
  if (known != guests_.end() && known->second.open >= limits_.address_connections)
    return TurnedAway{&Limits::address_connections, kTryAgain};
  if (is_turned_away_by_chance(strangers)) return TurnedAway{&Limits::unauthenticated_max, kTryAgain};
  Guest& guest = known != guests_.end() ? known->second : guests_[address];
  if (guest.open == 0 && known != guests_.end()) gone_.erase({guest.left, address});
  const Duration wait = guest.arrivals.try_take({limits_.address_new_rate, limits_.address_new_burst}, now);
  if (wait == Duration::zero()) {
    ++guest.open;
    return std::nullopt;
  }
  if (guest.open == 0) {
    guest.left = now;
    gone_.emplace(now, address);
  }
  return TurnedAway{&Limits::address_new_rate, wait};
}

void Admission::leave(const AddressGroup& address, TimePoint now) {
  if (address.is_loopback() && limits_.address_limits_loopback == 0) return;
  const auto known = guests_.find(address);
  SOCKCHAT_CHECK(known != guests_.end() && known->second.open > 0);
  if (--known->second.open > 0) return;
  known->second.left = now;
  gone_.emplace(now, address);
  forget_gone(now);
}

// None below a quarter, all at the limit, and in between as many as it is full.
bool Admission::is_turned_away_by_chance(std::size_t strangers) {
  const std::size_t begin = limits_.unauthenticated_max / 4;
  if (strangers <= begin) return false;
  if (strangers >= limits_.unauthenticated_max) return true;
  return chance_() % (limits_.unauthenticated_max - begin) < strangers - begin;
}

void Admission::forget_gone(TimePoint now) {
  while (!gone_.empty() && (gone_.size() > kGoneMax || gone_.begin()->first + paid_back_after_ <= now)) {
    guests_.erase(gone_.begin()->second);
    gone_.erase(gone_.begin());
  }
}

}  // namespace sockchat::server
