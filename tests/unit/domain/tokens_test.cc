#include "sockchat/domain/tokens.h"

#include <doctest/doctest.h>

namespace sockchat::domain {
namespace {

constexpr UserId kHans{1};
constexpr UserId kYoda{2};
constexpr WallTime kLongAgo{};

WallTime at(std::int64_t seconds) { return WallTime(std::chrono::seconds(seconds)); }

TokenDigest digest(std::uint8_t first) { return {std::byte{first}}; }

TokenRecord token(std::uint8_t first, UserId user, std::uint64_t family, std::int64_t issued = 100) {
  return {.digest = digest(first),
          .user = user,
          .family = LoginId(family),
          .login = LoginId(family),
          .issued = at(issued)};
}

using Digests = std::vector<TokenDigest>;

}  // namespace

TEST_CASE("a token is good from its coming until it is dropped") {
  Tokens tokens;
  CHECK(tokens.find(digest(1), kLongAgo) == nullptr);
  tokens.add(token(1, kHans, 7));
  REQUIRE(tokens.find(digest(1), kLongAgo) != nullptr);
  CHECK(*tokens.find(digest(1), kLongAgo) == token(1, kHans, 7));
  tokens.drop(Digests{digest(1), digest(2)});
  CHECK(tokens.find(digest(1), kLongAgo) == nullptr);
  CHECK(tokens.size() == 0);
}

TEST_CASE("a token is good for as long as the rule says, and not a moment longer") {
  Tokens tokens;
  tokens.add(token(1, kHans, 7, 100));
  CHECK(tokens.find(digest(1), at(100)) != nullptr);
  CHECK(tokens.find(digest(1), at(101)) == nullptr);
}

TEST_CASE("the tokens of a family replace one another, in the order of their coming") {
  Tokens tokens;
  tokens.add(token(3, kHans, 7));
  tokens.add(token(1, kHans, 7));
  tokens.add(token(2, kHans, 8));
  tokens.add(token(4, kYoda, 7));
  CHECK(tokens.of_family(kHans, LoginId(7)) == Digests{digest(3), digest(1)});
  CHECK(tokens.of_family(kHans, LoginId(7), digest(3)) == Digests{digest(1)});
  CHECK(tokens.replaced(kHans, LoginId(7)) == Digests{digest(3)});
  CHECK(tokens.replaced(kHans, LoginId(8)).empty());
  CHECK(tokens.replaced(kHans, LoginId(9)).empty());
}

TEST_CASE("a new password spares one family") {
  Tokens tokens;
  tokens.add(token(1, kHans, 7));
  tokens.add(token(2, kHans, 8));
  tokens.add(token(3, kYoda, 9));
  CHECK(tokens.of_user(kHans, LoginId(7)) == Digests{digest(2)});
  CHECK(tokens.of_user(kHans) == Digests{digest(1), digest(2)});
}

TEST_CASE("what is too old goes, and of too many families the one that was renewed longest ago") {
  Tokens tokens;
  tokens.add(token(100, kHans, 100, 10));
  for (std::uint8_t family = 1; family < Tokens::kFamiliesMax; ++family)
    tokens.add(token(family, kHans, family, 200 - family));
  CHECK(tokens.surplus(kHans, at(50)) == Digests{digest(100)});
  tokens.add(token(50, kHans, 50, 300));
  CHECK(tokens.surplus(kHans, at(50)) == Digests{digest(100), digest(Tokens::kFamiliesMax - 1)});
  // It was renewed: another one is the oldest now.
  tokens.add(token(60, kHans, Tokens::kFamiliesMax - 1, 400));
  CHECK(tokens.surplus(kHans, at(50)) == Digests{digest(100), digest(Tokens::kFamiliesMax - 2)});
  CHECK(tokens.surplus(kYoda, at(50)).empty());
}

}  // namespace sockchat::domain
