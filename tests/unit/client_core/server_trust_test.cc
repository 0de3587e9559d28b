#include "sockchat/client_core/server_trust.h"

#include <doctest/doctest.h>

#include "sockchat/client_core/client_output.h"

namespace sockchat::client_core {
namespace {

KeyPin pin_of(char digit) { return KeyPin::parse(std::string(KeyPin::kDigits, digit)).value(); }

const KeyPin kKey = pin_of('a');
const KeyPin kOther = pin_of('b');
const std::string kName = kKey.text();

TrustPolicy policy() { return {.server = "chat.example:4000"}; }
TrustPolicy on_terminal() { return {.server = "chat.example:4000", .can_ask = true}; }
TrustPolicy with_pin(const KeyPin& pin) { return {.server = "chat.example:4000", .pin = pin}; }

constexpr std::string_view kChanged =
    "Error. The key of chat.example:4000 has changed. If that is expected: sockchat forget-server "
    "chat.example:4000";

TEST_CASE("a pin is 64 hex digits, in either case") {
  CHECK(KeyPin::parse(std::string(64, 'A')).value() == kKey);
  CHECK(KeyPin::parse("0123456789abcdefABCDEF0000000000000000000000000000000000000000ff").value().text() ==
        "0123456789abcdefabcdef0000000000000000000000000000000000000000ff");
  CHECK_FALSE(KeyPin::parse(""));
  CHECK_FALSE(KeyPin::parse(std::string(63, 'a')));
  CHECK_FALSE(KeyPin::parse(std::string(65, 'a')));
  CHECK_FALSE(KeyPin::parse(std::string(63, 'a') + "g"));
  CHECK_FALSE(KeyPin::parse(std::string(63, 'a') + " "));
}

TEST_CASE("a known key is accepted without a word") {
  for (const bool loopback : {false, true}) {
    const auto decision = judge_key(policy(), kKey, kKey, loopback);
    CHECK(decision.trust == Trust::accept);
    CHECK(decision.text.empty());
  }
}

TEST_CASE("a changed key stops, on this machine too, and whatever may be accepted at first contact") {
  for (const bool loopback : {false, true}) {
    for (const bool accept_new : {false, true}) {
      for (const bool can_ask : {false, true}) {
        const TrustPolicy any{.server = "chat.example:4000", .accept_new = accept_new, .can_ask = can_ask};
        const auto decision = judge_key(any, kKey, kOther, loopback);
        CHECK(decision.trust == Trust::refuse);
        CHECK(decision.text == kChanged);
      }
    }
  }
}

TEST_CASE("at first contact a server of this machine is accepted with a notice") {
  const auto decision = judge_key({.server = "localhost:4000", .can_ask = true}, kKey, std::nullopt, true);
  CHECK(decision.trust == Trust::accept_and_remember);
  CHECK(decision.text == "Trusting localhost:4000, key " + kName);
}

TEST_CASE("at first contact --accept-new does without the question") {
  const auto decision = judge_key({.server = "chat.example:4000", .accept_new = true, .can_ask = true}, kKey,
                                  std::nullopt, false);
  CHECK(decision.trust == Trust::accept_and_remember);
  CHECK(decision.text == "Trusting chat.example:4000, key " + kName);
}

TEST_CASE("at first contact somebody at a terminal is asked, with the whole key") {
  const auto decision = judge_key(on_terminal(), kKey, std::nullopt, false);
  CHECK(decision.trust == Trust::ask);
  CHECK(decision.text == "The key of chat.example:4000 is " + kName);
  CHECK(prompt_of(Asking::trust) == "Trust it? (yes/no): ");
  CHECK_FALSE(is_secret(Asking::trust));
}

TEST_CASE("at first contact a key is refused where nobody can be asked, and the way out is named") {
  const auto decision = judge_key(policy(), kKey, std::nullopt, false);
  CHECK(decision.trust == Trust::refuse);
  CHECK(decision.text.starts_with("Error. "));
  for (const auto* word : {"chat.example:4000", "--pin", "--accept-new"}) {
    CAPTURE(word);
    CHECK(decision.text.find(word) != std::string::npos);
  }
  CHECK(decision.text.find(kName) != std::string::npos);
}

TEST_CASE("a given pin is enough, and no other key will do") {
  for (const bool loopback : {false, true}) {
    const auto accepted = judge_key(with_pin(kKey), kKey, std::nullopt, loopback);
    CHECK(accepted.trust == Trust::accept_and_remember);
    CHECK(accepted.text.empty());
    for (const auto& known : {std::optional<KeyPin>(), std::optional(kKey), std::optional(kOther)}) {
      const auto refused = judge_key(with_pin(kOther), kKey, known, loopback);
      CHECK(refused.trust == Trust::refuse);
      CHECK(refused.text ==
            "Error. The key of chat.example:4000 is not the one that was given, but " + kName);
    }
  }
}

TEST_CASE("a given pin goes before what is remembered, and leaves it as it is") {
  const auto same = judge_key(with_pin(kKey), kKey, kKey, false);
  CHECK(same.trust == Trust::accept);
  CHECK(same.text.empty());
  const auto differs = judge_key(with_pin(kKey), kKey, kOther, false);
  CHECK(differs.trust == Trust::accept);
  CHECK(
      differs.text ==
      "The key of chat.example:4000 is the one that was given, and not the one that is remembered. To forget "
      "that: sockchat forget-server chat.example:4000");
}

TEST_CASE("--accept-new does not soften a given pin") {
  TrustPolicy both = with_pin(kOther);
  both.accept_new = true;
  CHECK(judge_key(both, kKey, std::nullopt, true).trust == Trust::refuse);
}

}  // namespace
}  // namespace sockchat::client_core
