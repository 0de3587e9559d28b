#include "sockchat/crypto/password_hash.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <set>

namespace sockchat::crypto {
namespace {

// The least that Argon2id takes: the tests are about us, not about the cost.
constexpr HashCost kCheap{.memory_kib = 8, .iterations = 1};

std::string hash_of(std::string_view password, HashCost cost = kCheap) {
  REQUIRE(start());
  return hash_password(Secret(password), cost).value();
}

std::array<std::byte, 16> digest_of(std::string_view name) {
  std::array<std::byte, 16> digest{};
  digest_name(name, digest);
  return digest;
}

// With so much more than is used already, and no more.
template <class Work>
PasswordMatch with_address_space(rlim_t room, const Work& work) {
  std::ifstream file("/proc/self/statm");
  rlim_t pages = 0;
  file >> pages;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_AS, &before) == 0);
  const rlimit tight{pages * 4096 + room, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_AS, &tight) == 0);
  const PasswordMatch match = work();
  ::setrlimit(RLIMIT_AS, &before);
  return match;
}

}  // namespace

TEST_CASE("a password is verified against its own hash only") {
  const std::string hash = hash_of("correct horse");
  CHECK(verify_password(hash, Secret("correct horse")) == PasswordMatch::right);
  CHECK(verify_password(hash, Secret("correct horsf")) == PasswordMatch::wrong);
  CHECK(verify_password(hash, Secret("correct hors")) == PasswordMatch::wrong);
  CHECK(verify_password(hash, Secret("")) == PasswordMatch::wrong);
}

TEST_CASE("a password that there is no memory to check is neither right nor wrong") {
  const std::string hash = hash_of("secret", {.memory_kib = 256 * 1024, .iterations = 1});
  const auto match = with_address_space(64 << 20, [&] { return verify_password(hash, Secret("secret")); });
  CHECK(match == PasswordMatch::unknown);
  CHECK(verify_password(hash, Secret("secret")) == PasswordMatch::right);
}

TEST_CASE("a hash is Argon2id with the cost in it, and never twice the same") {
  const std::string hash = hash_of("secret");
  CHECK(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
  CHECK(hash.find("secret") == std::string::npos);
  CHECK(hash != hash_of("secret"));
}

TEST_CASE("the standard cost is 19 MiB and two passes") {
  CHECK(hash_of("secret", {}).starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
}

TEST_CASE("any bytes may be a password, an empty one too") {
  const std::string_view odd("\0\n\xFF", 3);
  CHECK(verify_password(hash_of(odd), Secret(odd)) == PasswordMatch::right);
  CHECK(verify_password(hash_of(odd), Secret(odd.substr(0, 1))) == PasswordMatch::wrong);
  CHECK(verify_password(hash_of(""), Secret("")) == PasswordMatch::right);
  const std::string longest(4096, 'x');
  CHECK(verify_password(hash_of(longest), Secret(longest)) == PasswordMatch::right);
}

TEST_CASE("what is no hash verifies nothing") {
  const std::string hash = hash_of("secret");
  for (const std::string& stored :
       {std::string(), std::string("secret"), std::string("$argon2id$v=19$m=8,t=1,p=1$"), hash.substr(0, 60),
        std::string(1000, '$'), std::string(128, '$'), "x" + hash, hash + hash}) {
    CAPTURE(stored);
    CHECK(verify_password(stored, Secret("secret")) == PasswordMatch::wrong);
    CHECK(needs_rehash(stored, kCheap));
  }
}

TEST_CASE("a hash of another cost wants to be made again") {
  const std::string hash = hash_of("secret");
  CHECK_FALSE(needs_rehash(hash, kCheap));
  CHECK(needs_rehash(hash, {.memory_kib = 16, .iterations = 1}));
  CHECK(needs_rehash(hash, {.memory_kib = 8, .iterations = 2}));
}

TEST_CASE("a cost that cannot be paid is an error, not a crash") {
  REQUIRE(start());
  const auto hash = hash_password(Secret("secret"), {.memory_kib = 1, .iterations = 1});
  REQUIRE_FALSE(hash);
  CHECK(hash.error().code == Errc::system);
}

TEST_CASE("a digest depends on the name alone, and on all of it") {
  REQUIRE(start());
  CHECK(digest_of("hans") == digest_of("hans"));
  CHECK(digest_of("hans") != digest_of("Hans"));
  CHECK(digest_of("hans") != digest_of(std::string_view("hans\0", 5)));
  CHECK(digest_of("") != digest_of(std::string_view("\0", 1)));
  // BLAKE2b with 16 bytes, as `printf '' | b2sum -l 128` has it: the digests are in people's databases.
  constexpr std::array<int, 4> kFirst = {0xca, 0xe6, 0x69, 0x41};
  const auto empty = digest_of("");
  CHECK(std::ranges::equal(kFirst, std::span(empty).first<4>(), {}, {},
                           [](std::byte byte) { return std::to_integer<int>(byte); }));
}

TEST_CASE("random bytes differ") {
  REQUIRE(start());
  std::set<std::array<std::byte, 16>> seen;
  for (int round = 0; round < 1000; ++round) {
    std::array<std::byte, 16> bytes{};
    random_bytes(bytes);
    CHECK(seen.insert(bytes).second);
  }
}

}  // namespace sockchat::crypto
