// Strong ids: a UserId does not convert to a MessageId (tests/compile_fail proves it). Values; any thread.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace sockchat {

// `Tag` only tells the kinds apart. Zero means "none" for every kind: real ids start at 1.
template <class Tag>
class StrongId {
 public:
  constexpr StrongId() = default;
  constexpr explicit StrongId(std::uint64_t value) : value_(value) {}

  [[nodiscard]] constexpr std::uint64_t value() const { return value_; }
  constexpr explicit operator bool() const { return value_ != 0; }
  constexpr auto operator<=>(const StrongId&) const = default;

 private:
  std::uint64_t value_ = 0;
};

using UserId = StrongId<struct UserTag>;        // an account; given by the store, never reused
using MessageId = StrongId<struct MessageTag>;  // the `mid` of the wire: rises in the order of acceptance
using ConnectionId = StrongId<struct ConnectionTag>;  // slot and generation of a connection, never reused
using SessionId =
    StrongId<struct SessionTag>;            // one login on one connection; never reused while a process lives
using LoginId = StrongId<struct LoginTag>;  // one stored login (who, when, from where)

}  // namespace sockchat

template <class Tag>
struct std::hash<sockchat::StrongId<Tag>> {
  std::size_t operator()(sockchat::StrongId<Tag> id) const noexcept {
    // Fibonacci hashing: ids are handed out in order, and an attacker does not choose them.
    return static_cast<std::size_t>(id.value() * 0x9E3779B97F4A7C15ULL);
  }
};
