#include "server_core/attempt_queue.h"

#include <utility>

#include "sockchat/base/check.h"

namespace sockchat::server_core {

std::optional<LimitField> AttemptQueue::obstacle(const AddressGroup& address) const {
  const auto own = waiting_.find(address);
  const bool counts = !address.is_loopback() || limits_.address_limits_loopback != 0;
  if (counts && own != waiting_.end() && size(own->second) >= limits_.hash_queue_address)
    return &Limits::hash_queue_address;
  if (size_ >= limits_.hash_queue) return &Limits::hash_queue;
  return std::nullopt;
}

std::optional<Attempt> AttemptQueue::displace_for(const AddressGroup& address) {
  const auto own = waiting_.find(address);
  // More than the newcomer would have, or two of them could go on displacing each other.
  std::size_t most = 1 + (own == waiting_.end() ? 0 : size(own->second));
  auto greediest = waiting_.end();
  for (auto share = waiting_.begin(); share != waiting_.end(); ++share) {
    if (share->second.attempts.empty() || size(share->second) <= most) continue;
    most = size(share->second);
    greediest = share;
  }
  if (greediest == waiting_.end()) return std::nullopt;
  Attempt displaced = std::move(greediest->second.attempts.back());
  greediest->second.attempts.pop_back();
  --size_;  // more than one were there: the share stays
  return displaced;
}

void AttemptQueue::push(Attempt attempt) {
  ++size_;
  std::deque<Attempt>& attempts = waiting_[attempt.address].attempts;
  attempts.push_back(std::move(attempt));
}

void AttemptQueue::done(const AddressGroup& address) {
  const auto share = waiting_.find(address);
  SOCKCHAT_CHECK(share != waiting_.end() && share->second.taken > 0);
  --share->second.taken;
  --size_;
  if (size(share->second) == 0) waiting_.erase(share);
}

}  // namespace sockchat::server_core
