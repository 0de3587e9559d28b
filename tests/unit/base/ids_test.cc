#include "sockchat/base/ids.h"

#include <doctest/doctest.h>

#include <type_traits>

#include "sockchat/base/close_reason.h"
#include "sockchat/base/errc.h"

namespace sockchat {
namespace {

TEST_CASE("an id that was not given is none, and every given one is somebody") {
  CHECK_FALSE(UserId());
  CHECK(UserId(1));
  CHECK(UserId() < UserId(1));
  CHECK(UserId(7).value() == 7);
}

TEST_CASE("ids of different kinds do not mix") {
  CHECK_FALSE(std::is_convertible_v<UserId, MessageId>);
  CHECK_FALSE(std::is_constructible_v<UserId, MessageId>);
  CHECK_FALSE(std::is_convertible_v<std::uint64_t, UserId>);
}

TEST_CASE("errors and close reasons are spelled like their enumerators") {
  CHECK(name_of(Errc::bad_frame) == "bad_frame");
  CHECK(name_of(Errc::corrupt) == "corrupt");
  CHECK(name_of(CloseReason::peer_closed) == "peer_closed");
  CHECK(name_of(CloseReason::user_quit) == "user_quit");
}

}  // namespace
}  // namespace sockchat
