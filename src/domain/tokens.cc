#include "sockchat/domain/tokens.h"

#include <algorithm>
#include <iterator>

namespace sockchat::domain {

void Tokens::add(const TokenRecord& token) {
  if (tokens_.insert_or_assign(token.digest, token).second) by_user_[token.user].push_back(token.digest);
}

void Tokens::drop(std::span<const TokenDigest> tokens) {
  for (const TokenDigest& digest : tokens) {
    const auto found = tokens_.find(digest);
    if (found == tokens_.end()) continue;
    const auto owner = by_user_.find(found->second.user);
    std::erase(owner->second, digest);
    if (owner->second.empty()) by_user_.erase(owner);
    tokens_.erase(found);
  }
}

const TokenRecord* Tokens::find(const TokenDigest& digest, WallTime not_before) const {
  const auto found = tokens_.find(digest);
  return found == tokens_.end() || found->second.issued < not_before ? nullptr : &found->second;
}

std::vector<TokenDigest> Tokens::of_family(UserId user, LoginId family,
                                           const std::optional<TokenDigest>& but) const {
  std::vector<TokenDigest> dying = of_user(user);
  std::erase_if(
      dying, [&](const TokenDigest& digest) { return tokens_.at(digest).family != family || digest == but; });
  return dying;
}

std::vector<TokenDigest> Tokens::replaced(UserId user, LoginId family) const {
  std::vector<TokenDigest> dying = of_family(user, family);
  if (!dying.empty()) dying.pop_back();
  return dying;
}

std::vector<TokenDigest> Tokens::of_user(UserId user, LoginId but_family) const {
  const auto found = by_user_.find(user);
  if (found == by_user_.end()) return {};
  std::vector<TokenDigest> dying;
  std::ranges::copy_if(found->second, std::back_inserter(dying), [&](const TokenDigest& digest) {
    return !but_family || tokens_.at(digest).family != but_family;
  });
  return dying;
}

std::vector<TokenDigest> Tokens::surplus(UserId user, WallTime not_before) const {
  std::vector<TokenDigest> all = of_user(user);
  std::map<LoginId, WallTime> renewed;  // the families that stay, for now
  std::vector<TokenDigest> dying;
  for (const TokenDigest& digest : all) {
    const TokenRecord& token = tokens_.at(digest);
    if (token.issued < not_before) {
      dying.push_back(digest);
    } else {
      WallTime& when = renewed.try_emplace(token.family, token.issued).first->second;
      when = std::max(when, token.issued);
    }
  }
  while (renewed.size() >= kFamiliesMax) {
    const auto oldest = std::ranges::min_element(
        renewed, {}, [](const auto& family) { return std::pair(family.second, family.first); });
    std::ranges::copy_if(all, std::back_inserter(dying), [&](const TokenDigest& digest) {
      const TokenRecord& token = tokens_.at(digest);
      return token.family == oldest->first && token.issued >= not_before;
    });
    renewed.erase(oldest);
  }
  return dying;
}

}  // namespace sockchat::domain
