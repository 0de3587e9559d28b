#include "sockchat/base/address_group.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace sockchat {
namespace {

constexpr std::uint64_t kMapped = 0xffff'0000'0000;  // ::ffff:0:0/96, where IPv4 lies in IPv6

std::uint64_t join(const unsigned char* bytes) {
  std::uint64_t joined = 0;
  for (int at = 0; at < 8; ++at) joined = joined << 8 | bytes[at];
  return joined;
}

}  // namespace

AddressGroup AddressGroup::of(std::string_view host) {
  host = host.substr(0, host.find('%'));
  std::array<char, INET6_ADDRSTRLEN> text{};
  AddressGroup group;
  if (host.size() >= text.size()) return group;
  std::ranges::copy(host, text.begin());
  std::array<unsigned char, 16> bytes{};
  if (::inet_pton(AF_INET, text.data(), bytes.data()) == 1) {
    group.high_ = 0;
    group.low_ = kMapped | join(bytes.data()) >> 32;
  } else if (::inet_pton(AF_INET6, text.data(), bytes.data()) == 1) {
    group.high_ = join(bytes.data());
    group.low_ = join(bytes.data() + 8);
    const bool is_whole = group.high_ == 0 && (group.low_ >> 32 == kMapped >> 32 || group.low_ == 1);
    if (!is_whole) group.low_ = 0;
  }
  return group;
}

bool AddressGroup::is_loopback() const {
  return high_ == 0 && (low_ == 1 || low_ >> 24 == (kMapped | 0x7f00'0000) >> 24);
}

}  // namespace sockchat
