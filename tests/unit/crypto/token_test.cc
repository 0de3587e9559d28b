#include "sockchat/crypto/token.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "sockchat/crypto/password_hash.h"

namespace sockchat::crypto {
namespace {

using Digest = std::array<std::byte, 32>;

Digest digest_of(std::string_view token) {
  Digest digest{};
  digest_token(token, digest);
  return digest;
}

}  // namespace

TEST_CASE("a fresh token is 64 hexadecimal digits, and unlike every other") {
  REQUIRE(start());
  std::set<std::string> tokens;
  for (int round = 0; round < 10'000; ++round) {
    const Secret token = fresh_token();
    const std::string_view text = token.reveal();
    REQUIRE(text.size() == 64);
    REQUIRE(text.find_first_not_of("0123456789abcdef") == std::string_view::npos);
    REQUIRE(tokens.emplace(text).second);
  }
}

TEST_CASE("the digest of a token is always the same, and not that of another") {
  CHECK(digest_of("a token") == digest_of("a token"));
  CHECK(digest_of("a token") != digest_of("A token"));
  CHECK(digest_of("") != digest_of(" "));
  CHECK(std::ranges::count(digest_of("a token"), std::byte{0}) < 8);
}

}  // namespace sockchat::crypto
