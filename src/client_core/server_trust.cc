#include "sockchat/client_core/server_trust.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sockchat::client_core {
namespace {

bool is_hex_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// No other key will do, wherever the server is and whatever is known of it.
TrustDecision judge_by_pin(const TrustPolicy& policy, const KeyPin& presented,
                           const std::optional<KeyPin>& known) {
  if (presented != *policy.pin) {
    return {Trust::refuse, fmt::format("Error. The key of {} is not the one that was given, but {}",
                                       policy.server, presented.text())};
  }
  if (!known) return {Trust::accept_and_remember};
  if (presented == *known) return {Trust::accept};
  return {Trust::accept, fmt::format("The key of {} is the one that was given, and not the one that is "
                                     "remembered. To forget that: sockchat forget-server {}",
                                     policy.server, policy.server)};
}

}  // namespace

std::optional<KeyPin> KeyPin::parse(std::string_view text) {
  std::string digits(text);
  std::ranges::transform(digits, digits.begin(), lower);
  if (digits.size() != kDigits || !std::ranges::all_of(digits, is_hex_digit)) return std::nullopt;
  return KeyPin(std::move(digits));
}

TrustDecision judge_key(const TrustPolicy& policy, const KeyPin& presented,
                        const std::optional<KeyPin>& known, bool is_loopback) {
  if (policy.pin) return judge_by_pin(policy, presented, known);
  if (known) {
    if (presented == *known) return {Trust::accept};
    return {Trust::refuse, sentence_of_changed_key(policy.server)};
  }
  if (is_loopback || policy.accept_new) {
    return {Trust::accept_and_remember, fmt::format("Trusting {}, key {}", policy.server, presented.text())};
  }
  if (policy.can_ask)
    return {Trust::ask, fmt::format("The key of {} is {}", policy.server, presented.text())};
  return {
      Trust::refuse,
      fmt::format("Error. Nobody is here to say whether {} with the key {} is to be trusted. Give the key "
                  "that its owner names with --pin, or accept any at first contact with --accept-new",
                  policy.server, presented.text())};
}

std::string sentence_of_changed_key(std::string_view server) {
  return fmt::format("Error. The key of {} has changed. If that is expected: sockchat forget-server {}",
                     server, server);
}

}  // namespace sockchat::client_core
