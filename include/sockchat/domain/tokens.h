// The resume tokens that are good, by digest. Each goes back to a login with a password: the tokens of such a
// family replace one another, and die together at the logout. Loop thread; changes nothing by itself, so that
// what it says can be stored first.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "sockchat/domain/records.h"

namespace sockchat::domain {

class Tokens final {
 public:
  // An account keeps so many families: as many installs of a client may be known at once.
  static constexpr std::size_t kFamiliesMax = 16;

  void add(const TokenRecord& token);
  void drop(std::span<const TokenDigest> tokens);

  // The token, unless it is unknown or older than `not_before`. Good until the next change.
  [[nodiscard]] const TokenRecord* find(const TokenDigest& digest, WallTime not_before) const;

  // --- lists of what may go
  // Of this family, all but one.
  [[nodiscard]] std::vector<TokenDigest> of_family(UserId user, LoginId family,
                                                   const std::optional<TokenDigest>& but = {}) const;
  // All of this family that were replaced.
  [[nodiscard]] std::vector<TokenDigest> replaced(UserId user, LoginId family) const;
  // Of the user, but for one family; none: all of them.
  [[nodiscard]] std::vector<TokenDigest> of_user(UserId user, LoginId but_family = {}) const;
  // What has to go before the user gets one more family: too old ones, and the families that were renewed
  // longest ago.
  [[nodiscard]] std::vector<TokenDigest> surplus(UserId user, WallTime not_before) const;

  [[nodiscard]] std::size_t size() const { return tokens_.size(); }

 private:
  // An ordered map: nobody's choice of tokens spoils it.
  std::map<TokenDigest, TokenRecord> tokens_;
  std::unordered_map<UserId, std::vector<TokenDigest>> by_user_;  // in the order of their coming
};

}  // namespace sockchat::domain
