// Whom the limits of addresses count as one: an IPv4 address, however it is written, or the /64 of an IPv6
// address, which is what one customer is given. A value.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

namespace sockchat {

class AddressGroup final {
 public:
  // What is no address counts as one group of its own.
  AddressGroup() = default;
  // Numeric, without a port: "192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "fe80::1%eth0".
  static AddressGroup of(std::string_view host);

  // 127.0.0.0/8 and ::1.
  [[nodiscard]] bool is_loopback() const;
  auto operator<=>(const AddressGroup&) const = default;

 private:
  std::uint64_t high_ = ~std::uint64_t{0};
  std::uint64_t low_ = ~std::uint64_t{0};
};

}  // namespace sockchat
