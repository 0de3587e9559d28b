#include "sockchat/domain/absences.h"

namespace sockchat::domain {

void Absences::add(LoginId family, Absence absence) {
  expire(absence.left);
  away_.insert_or_assign(family, absence);
  order_.emplace_back(absence.left, family);
}

std::optional<Absence> Absences::take(LoginId family, TimePoint now) {
  expire(now);
  const auto found = away_.find(family);
  if (found == away_.end()) return std::nullopt;
  const Absence absence = found->second;
  away_.erase(found);
  if (absence.left + length_ <= now) return std::nullopt;
  return absence;
}

void Absences::expire(TimePoint now) {
  for (; !order_.empty() && order_.front().first + length_ <= now; order_.pop_front()) {
    const auto [left, family] = order_.front();
    const auto found = away_.find(family);
    if (found != away_.end() && found->second.left == left) away_.erase(found);
  }
}

}  // namespace sockchat::domain
