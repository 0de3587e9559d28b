#include "sockchat/domain/blocklist.h"

namespace sockchat::domain {

void Blocklist::add(BlockRecord block) {
  if (blocks_.emplace(block.owner, block.target).second) ++refusers_[block.target];
}

void Blocklist::remove(BlockRecord block) {
  if (blocks_.erase({block.owner, block.target}) == 0) return;
  if (const auto found = refusers_.find(block.target); --found->second == 0) refusers_.erase(found);
}

bool Blocklist::refuses(UserId owner, UserId target) const { return blocks_.contains({owner, target}); }

bool Blocklist::is_refused_by_anyone(UserId target) const { return refusers_.contains(target); }

std::vector<UserId> Blocklist::refused_by(UserId owner) const {
  std::vector<UserId> targets;
  for (auto block = blocks_.lower_bound({owner, UserId()}); block != blocks_.end() && block->first == owner;
       ++block) {
    targets.push_back(block->second);
  }
  return targets;
}

std::size_t Blocklist::count(UserId owner) const { return refused_by(owner).size(); }

}  // namespace sockchat::domain
