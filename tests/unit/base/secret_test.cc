#include "sockchat/base/secret.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

namespace sockchat {
namespace {

// Short enough for the buffer inside of the string, so that the object's own bytes can be looked at.
constexpr std::string_view kPassword = "correct horse";

TEST_CASE("a secret shows its bytes only to those who ask for them by name") {
  const Secret secret(kPassword);
  CHECK(secret.reveal() == kPassword);
  CHECK(secret.size() == kPassword.size());
  CHECK_FALSE(secret.empty());
  CHECK_FALSE(std::is_copy_constructible_v<Secret>);
  CHECK_FALSE(std::is_copy_assignable_v<Secret>);
  CHECK_FALSE(std::is_convertible_v<Secret, std::string_view>);
}

TEST_CASE("a secret that is destroyed leaves nothing of itself in memory") {
  alignas(Secret) std::byte place[sizeof(Secret)] = {};
  const auto contains_it = [&] {
    const std::string_view bytes(reinterpret_cast<const char*>(place), sizeof place);
    return bytes.contains(kPassword.substr(0, 8));
  };
  auto* const secret = std::construct_at(reinterpret_cast<Secret*>(place), kPassword);
  REQUIRE(contains_it());
  std::destroy_at(secret);
  CHECK_FALSE(contains_it());
}

TEST_CASE("a secret that is moved leaves nothing behind") {
  Secret first(kPassword);
  Secret second = std::move(first);
  CHECK(first.empty());
  CHECK(second.reveal() == kPassword);
  const std::string_view bytes(reinterpret_cast<const char*>(&first), sizeof first);
  CHECK_FALSE(bytes.contains(kPassword.substr(0, 8)));

  Secret third("overwritten");
  third = std::move(second);
  CHECK(second.empty());
  CHECK(third.reveal() == kPassword);
}

}  // namespace
}  // namespace sockchat
