// Who may come in at all, asked right after accept(2), before anything is made for a connection: it may cost
// a flood of strangers nothing but accept and close. An address (IPv6: a /64) has so many connections open,
// and so many new ones a second; all that have not logged in are so many together, and from a quarter of that
// on new ones are turned away at random, the more the fuller it is: whoever holds the places cannot hold all
// of them against those who try again. Loopback is left out unless `address_limits_loopback` is set.
//
// A tree and no hash table: there is nothing to collide for those who choose their addresses. It holds
// whoever has connections open, `connections_max` at most, and beside them those whose burst is not paid
// back; when there are too many of these, whoever left first is forgotten.
//
// Loop thread; time and chance are arguments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "sockchat/base/address_group.h"
#include "sockchat/base/limits.h"
#include "sockchat/base/time.h"
#include "sockchat/domain/rate_limiter.h"

namespace sockchat::server {

// Why somebody has to stay outside, and when to try again at the earliest.
struct TurnedAway {
  LimitField limit;
  Duration retry_after{};
};

class Admission final {
 public:
  // Addresses without a connection that are remembered.
  static constexpr std::size_t kGoneMax = 65'536;

  // `chance` gives evenly distributed numbers, and is asked in the face of a crowd only.
  Admission(const Limits& limits, std::move_only_function<std::uint64_t()> chance);

  // Nothing: come in, and leave() later. `strangers` have not logged in yet, without the ones left out.
  std::optional<TurnedAway> enter(const AddressGroup& address, std::size_t strangers, TimePoint now);
  void leave(const AddressGroup& address, TimePoint now);

  [[nodiscard]] std::size_t size() const { return guests_.size(); }

 private:
  struct Guest {
    std::size_t open = 0;
    TimePoint left;  // when `open` became 0
    domain::RateLimiter arrivals;
  };
  [[nodiscard]] bool is_turned_away_by_chance(std::size_t strangers);
  void forget_gone(TimePoint now);

  const Limits limits_;
  std::move_only_function<std::uint64_t()> chance_;
  const Duration paid_back_after_;
  std::map<AddressGroup, Guest> guests_;
  std::set<std::pair<TimePoint, AddressGroup>> gone_;  // those without an open connection
};

}  // namespace sockchat::server
