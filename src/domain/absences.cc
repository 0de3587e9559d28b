#include "sockchat/domain/absences.h"

namespace sockchat::domain {

void Absences::began(LoginId family, MessageId begin, TimePoint left) {
  expire(left);
  away_.insert_or_assign(family, Absence{begin, left});
  order_.emplace_back(left, family);
}

std::optional<MessageId> Absences::take(LoginId family, TimePoint now) {
  expire(now);
  const auto found = away_.find(family);
  if (found == away_.end()) return std::nullopt;
  const MessageId begin = found->second.begin;
  away_.erase(found);
  return begin;
}

void Absences::expire(TimePoint now) {
  for (; !order_.empty() && order_.front().first + length_ <= now; order_.pop_front()) {
    const auto [left, family] = order_.front();
    const auto found = away_.find(family);
    if (found != away_.end() && found->second.left == left) away_.erase(found);
  }
}

}  // namespace sockchat::domain
