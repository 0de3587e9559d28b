#include "sockchat/crypto/safety_number.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace sockchat::crypto {
namespace {

// The SHA-256 of "alice's key" and of "bob's key".
const std::string kAlicePin = "12fae16e461c9cc6587a08f86f3d8432b954dd626759e1fed191b2e064044d2a";
const std::string kBobPin = "3a0d31885b0a3ca5152d2898eecb50ac564b9bf83709917edfd6e11a2c52a90b";

std::string random_pin(std::mt19937_64& random) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string pin(64, '0');
  for (char& digit : pin) digit = kDigits[random() % kDigits.size()];
  return pin;
}

// docs/SECURITY.md has the same: it was computed by another program, from the description in the header.
TEST_CASE("the number of two people is the one that the documents show") {
  const SafetyNumber number = safety_number("alice", kAlicePin, "bob", kBobPin);
  CHECK(number.digits == "27494 64738 57888 61763 77545 55085 86760 67398 43836 58154 18469 31610");
  CHECK(number.words == "village mosaic sheep prairie door rabbit velvet pillow");
}

TEST_CASE("both people see the same number, whoever asks") {
  CHECK(safety_number("alice", kAlicePin, "bob", kBobPin) ==
        safety_number("bob", kBobPin, "alice", kAlicePin));
  std::mt19937_64 random(1);
  for (int pair = 0; pair < 50; ++pair) {
    const Fingerprint one = fingerprint_of("one", random_pin(random));
    const Fingerprint other = fingerprint_of("other", random_pin(random));
    CHECK(safety_number(one, other) == safety_number(other, one));
  }
}

TEST_CASE("a number is twelve groups of five digits, and eight words of the list") {
  std::mt19937_64 random(2);
  for (int pair = 0; pair < 50; ++pair) {
    const SafetyNumber number = safety_number("alice", random_pin(random), "bob", random_pin(random));
    REQUIRE(number.digits.size() == 12 * 6 - 1);
    for (std::size_t at = 0; at < number.digits.size(); ++at)
      CHECK((at % 6 == 5 ? number.digits[at] == ' ' : std::isdigit(number.digits[at]) != 0));
    CHECK(std::ranges::count(number.words, ' ') == 7);
    std::string_view left = number.words;
    while (!left.empty()) {
      const std::string_view word = left.substr(0, left.find(' '));
      CHECK(std::ranges::binary_search(safety_words(), word));
      left.remove_prefix(std::min(left.size(), word.size() + 1));
    }
  }
}

TEST_CASE("any other name or key makes another number, in digits and in words") {
  const SafetyNumber number = safety_number("alice", kAlicePin, "bob", kBobPin);
  std::vector<SafetyNumber> others{safety_number("alice", kBobPin, "bob", kAlicePin),
                                   safety_number("Alice", kAlicePin, "bob", kBobPin),
                                   safety_number("alice", kAlicePin, "bob ", kBobPin),
                                   safety_number("", kAlicePin, "bob", kBobPin),
                                   safety_number("alice", kAlicePin, "alice", kAlicePin),
                                   safety_number("bob", kBobPin, "bob", kBobPin)};
  for (std::size_t at = 0; at < kAlicePin.size(); ++at) {
    std::string changed = kAlicePin;
    changed[at] = changed[at] == '0' ? '1' : '0';
    others.push_back(safety_number("alice", changed, "bob", kBobPin));
    others.push_back(safety_number("alice", kAlicePin, "bob", changed));
  }
  std::set<std::string> digits{number.digits};
  std::set<std::string> words{number.words};
  for (const SafetyNumber& other : others) {
    CHECK(digits.insert(other.digits).second);
    CHECK(words.insert(other.words).second);
  }
}

TEST_CASE("what a name takes from the key beside it makes no other person the same") {
  CHECK(fingerprint_of("c", "ab") != fingerprint_of("bc", "a"));
  CHECK(fingerprint_of("ab", "c") != fingerprint_of("a", "bc"));
  CHECK(fingerprint_of("", "ab") != fingerprint_of("ab", ""));
}

TEST_CASE("ten thousand pairs of people have ten thousand numbers") {
  constexpr std::size_t kPeople = 142;
  std::mt19937_64 random(3);
  std::vector<Fingerprint> people;
  while (people.size() < kPeople)
    people.push_back(fingerprint_of("user" + std::to_string(random() % 1'000), random_pin(random)));
  std::set<std::string> digits;
  std::set<std::string> words;
  std::size_t pairs = 0;
  for (std::size_t one = 0; one < kPeople; ++one) {
    for (std::size_t other = one + 1; other < kPeople; ++other, ++pairs) {
      const SafetyNumber number = safety_number(people[one], people[other]);
      digits.insert(number.digits);
      words.insert(number.words);
    }
  }
  CHECK(pairs == 10'011);
  CHECK(digits.size() == pairs);
  CHECK(words.size() == pairs);
}

TEST_CASE("the words are in order, short, and told apart by their first four letters") {
  std::set<std::string_view> beginnings;
  for (const std::string_view word : safety_words()) {
    CHECK(word.size() >= 3);
    CHECK(word.size() <= 8);
    CHECK(word.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string_view::npos);
    CHECK(beginnings.insert(word.substr(0, 4)).second);
  }
  CHECK(std::ranges::is_sorted(safety_words()));
}

}  // namespace
}  // namespace sockchat::crypto
