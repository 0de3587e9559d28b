#include "sockchat/base/address_group.h"

#include <doctest/doctest.h>

#include <string_view>

#include "sockchat/base/counters.h"

namespace sockchat {
namespace {

bool are_one(std::string_view left, std::string_view right) {
  return AddressGroup::of(left) == AddressGroup::of(right);
}

TEST_CASE("address groups: an IPv4 address is one, however it is written") {
  CHECK(are_one("192.0.2.1", "192.0.2.1"));
  CHECK(are_one("192.0.2.1", "::ffff:192.0.2.1"));
  CHECK(are_one("192.0.2.1", "::ffff:c000:201"));
  CHECK_FALSE(are_one("192.0.2.1", "192.0.2.2"));
  CHECK_FALSE(are_one("192.0.2.1", "::192.0.2.1"));
}

TEST_CASE("address groups: of an IPv6 address the first 64 bits count") {
  CHECK(are_one("2001:db8::1", "2001:db8:0:0:ffff:ffff:ffff:ffff"));
  CHECK_FALSE(are_one("2001:db8::1", "2001:db8:0:1::1"));
  CHECK(are_one("fe80::1%eth0", "fe80::2%eth1"));
}

TEST_CASE("address groups: what is no address is one of its own, and no loopback") {
  CHECK(are_one("", "nonsense"));
  CHECK(are_one("", "1234567890123456789012345678901234567890123456789012345678901234567890"));
  CHECK_FALSE(are_one("", "::"));
  CHECK_FALSE(are_one("", "ffff:ffff:ffff:ffff::1"));
  CHECK_FALSE(AddressGroup::of("").is_loopback());
}

TEST_CASE("address groups: loopback is 127.0.0.0/8 and ::1") {
  for (const char* const text : {"127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1"}) {
    CAPTURE(text);
    CHECK(AddressGroup::of(text).is_loopback());
  }
  for (const char* const text :
       {"128.0.0.1", "126.255.255.255", "::2", "::", "2001:db8::1", "::127.0.0.1", "1::1", "7f00::1"}) {
    CAPTURE(text);
    CHECK_FALSE(AddressGroup::of(text).is_loopback());
  }
}

TEST_CASE("counters: what was met is told in the order of the table, and nothing else") {
  Counters counters;
  CHECK(counters.describe().empty());
  counters.count(&Limits::login_seconds);
  counters.count(&Limits::frame_max);
  counters.count(&Limits::frame_max, 2);
  counters.count(&Limits::turn_bytes, 0);
  CHECK(counters.of(&Limits::frame_max) == 3);
  CHECK(counters.of(&Limits::text_max) == 0);
  CHECK(counters.describe() == "frame_max=3 login_seconds=1");
}

}  // namespace
}  // namespace sockchat
