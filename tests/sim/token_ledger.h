// Which tokens are good, as far as the clients can know it, and the sessions that they take up again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/request.h"
#include "sockchat/base/time.h"

namespace sockchat::sim {

// The sessions that grew from one login with a password, each by a token of the one before.
struct TokenFamily {
  int user = kNobody;
  std::vector<std::string> tokens;  // in the order of their giving
  std::size_t spent = 0;            // so many of the first are dead, as long as this process lives
  bool has_ended = false;           // logged out, and the answer came: dead for ever
  bool is_certain = true;           // nothing that may have killed the newest one
  std::uint64_t renewed = 0;        // step
  // What is owed since the first session that was taken up again without a gap.
  std::uint64_t since = 0;       // step
  std::set<std::uint64_t> owed;  // broadcasts
  bool is_online = false;
  std::optional<TimePoint> left;
  bool left_is_certain = true;
  // Resumes without an answer so far: each may end what another was given, and a crash may find a session
  // that nobody has seen.
  int presented = 0;
};

class TokenLedger final {
 public:
  enum class State : std::uint8_t { good, unknown, dead };

  std::size_t begin(int user, std::uint64_t since) {
    families_.push_back({.user = user, .tokens = {}, .since = since, .owed = {}, .left = std::nullopt});
    return families_.size() - 1;
  }
  void give(std::size_t family, std::string token, std::uint64_t step) {
    by_token_[token] = family;
    families_[family].tokens.push_back(std::move(token));
    families_[family].renewed = step;
    families_[family].is_certain = families_[family].presented == 0;
  }
  [[nodiscard]] std::optional<std::size_t> find(const std::string& token) const {
    const auto found = by_token_.find(token);
    return found == by_token_.end() ? std::nullopt : std::optional(found->second);
  }
  [[nodiscard]] TokenFamily& at(std::size_t family) { return families_[family]; }
  [[nodiscard]] std::vector<TokenFamily>& all() { return families_; }

  [[nodiscard]] State state_of(const std::string& token) const {
    const auto found = by_token_.find(token);
    if (found == by_token_.end()) return State::dead;
    const TokenFamily& family = families_[found->second];
    if (family.has_ended) return State::dead;
    for (std::size_t i = 0; i < family.spent; ++i) {
      if (family.tokens[i] == token) return State::dead;
    }
    const bool is_newest = family.tokens.back() == token;
    return is_newest && family.is_certain && !may_be_surplus(family) ? State::good : State::unknown;
  }
  // It was shown to the server: when it is an older one, the newest may go.
  void present(const std::string& token) {
    const auto found = by_token_.find(token);
    if (found == by_token_.end()) return;
    TokenFamily& family = families_[found->second];
    if (family.tokens.back() != token) family.is_certain = false;
    ++family.presented;
  }
  // And was answered.
  void answered(const std::string& token) {
    const auto found = by_token_.find(token);
    if (found != by_token_.end()) --families_[found->second].presented;
  }
  // The client has shown that it has the newest token.
  void spend(std::size_t family) { families_[family].spent = families_[family].tokens.size() - 1; }
  // A new process: what was not stored is good again, and whoever was online has left now.
  void restart(TimePoint now) {
    for (TokenFamily& family : families_) {
      family.spent = 0;
      family.left_is_certain = family.is_online;
      if (family.is_online) family.left = now;
      family.is_online = false;
      if (std::exchange(family.presented, 0) == 0) continue;
      family.owed.clear();
      family.is_certain = false;
    }
  }

 private:
  // An account keeps 16 families; some logins nobody has heard of.
  [[nodiscard]] bool may_be_surplus(const TokenFamily& family) const {
    std::size_t later = 0;
    for (const TokenFamily& other : families_) {
      later += other.user == family.user && other.renewed > family.renewed ? 1 : 0;
    }
    return later >= 5;
  }

  std::vector<TokenFamily> families_;
  std::map<std::string, std::size_t> by_token_;
};

}  // namespace sockchat::sim
