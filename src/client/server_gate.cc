#include "client/server_gate.h"

#include <fmt/format.h>

#include <utility>

#include "sockchat/base/check.h"

namespace sockchat::client {

using client_core::KeyPin;
using client_core::Trust;
using enum Passage::Kind;

Passage ServerGate::examine(const KeyPin& presented, bool is_loopback) {
  std::optional<KeyPin> known = accepted_;
  if (!known) {
    auto found = known_.find(name_);
    // Whoever cannot know what was there before must not take it for a first contact.
    if (!found) return {shut, {fmt::format("Error. {}", found.error().text)}};
    known = *std::move(found);
  }
  const auto [trust, text] = client_core::judge_key(policy_, presented, known, is_loopback);
  std::vector<std::string> lines;
  if (!text.empty()) lines.push_back(text);
  switch (trust) {
    case Trust::accept:
      accepted_ = presented;
      return {open, std::move(lines)};
    case Trust::accept_and_remember:
      return accept_and_remember(presented, std::move(lines));
    case Trust::ask:
      asked_ = presented;
      return {asking, std::move(lines)};
    case Trust::refuse:
      return {shut, std::move(lines)};
  }
  check_failed("a known Trust", __FILE__, __LINE__);
}

Passage ServerGate::answer(std::string_view line) {
  SOCKCHAT_CHECK(asked_);
  if (line == client_core::kTrustYes) return accept_and_remember(*std::exchange(asked_, std::nullopt), {});
  if (line != client_core::kTrustNo) return {asking};
  asked_.reset();
  return {shut};
}

Passage ServerGate::accept_and_remember(const KeyPin& key, std::vector<std::string> lines) {
  const auto remembered = known_.remember(name_, key);
  if (!remembered) {
    lines.push_back(
        fmt::format("The key of {} is not remembered: {}", policy_.server, remembered.error().text));
  } else if (*remembered != key) {
    // Another client was here first, and met somebody else.
    return {shut, {client_core::sentence_of_changed_key(policy_.server)}};
  }
  accepted_ = key;
  return {open, std::move(lines)};
}

}  // namespace sockchat::client
