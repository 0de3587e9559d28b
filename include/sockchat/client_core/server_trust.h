// Whether a server is the one that the user means: its key, by what is known of it. Trust on first use, as
// ssh has it. The decision is a function; asking the user and remembering are the program's. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sockchat::client_core {

// The name of a public key: the SHA-256 of its SubjectPublicKeyInfo, in hex. A value.
class KeyPin final {
 public:
  static constexpr std::size_t kDigits = 64;

  // 64 hex digits, upper case too.
  [[nodiscard]] static std::optional<KeyPin> parse(std::string_view text);

  // In lower case.
  [[nodiscard]] const std::string& text() const { return text_; }
  bool operator==(const KeyPin&) const = default;

 private:
  explicit KeyPin(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// What the user has said beforehand.
struct TrustPolicy {
  std::string server;                        // as people write it: "localhost:4000"
  std::optional<KeyPin> pin = std::nullopt;  // from an invitation: no other key will do
  bool accept_new = false;                   // a key that nobody knows yet
  bool can_ask = false;                      // somebody sits at a terminal
};

enum class Trust : std::uint8_t {
  accept,
  accept_and_remember,
  ask,     // kTrustYes or kTrustNo, in full
  refuse,  // and end: there is no way on from here
};

struct TrustDecision {
  Trust trust = Trust::refuse;
  std::string text = {};  // for the user, beside the conversation; empty: nothing to say
};

inline constexpr std::string_view kTrustYes = "yes";
inline constexpr std::string_view kTrustNo = "no";

// `known` is the key that was accepted before, in this run or another; `is_loopback`: the server is on this
// machine. A given pin goes before what is known, and does not replace it: who was tricked into one wrong
// invitation must not be tricked for ever.
[[nodiscard]] TrustDecision judge_key(const TrustPolicy& policy, const KeyPin& presented,
                                      const std::optional<KeyPin>& known, bool is_loopback);

// What a known key that is another one now means for the user.
[[nodiscard]] std::string sentence_of_changed_key(std::string_view server);

}  // namespace sockchat::client_core
