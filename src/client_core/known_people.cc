#include "sockchat/client_core/known_people.h"

#include <utility>

namespace sockchat::client_core {

void KnownPeople::restore(std::vector<Person> people) {
  known_.clear();
  offered_.clear();
  for (Person& person : people) known_.insert_or_assign(std::move(person.name), std::move(person.key));
}

bool KnownPeople::admits(std::string_view name, const KeyPin& key) {
  const auto known = known_.find(name);
  if (known == known_.end()) return true;
  if (known->second != key) {
    offered_.insert_or_assign(std::string(name), key);
    return false;
  }
  if (const auto offered = offered_.find(name); offered != offered_.end()) offered_.erase(offered);
  return true;
}

bool KnownPeople::learn(std::string_view name, const KeyPin& key) {
  return known_.size() < kPeopleMax && known_.emplace(name, key).second;
}

const KeyPin* KnownPeople::key_of(std::string_view name) const {
  if (const auto offered = offered_.find(name); offered != offered_.end()) return &offered->second;
  const auto known = known_.find(name);
  return known == known_.end() ? nullptr : &known->second;
}

std::optional<KeyPin> KnownPeople::trust(std::string_view name) {
  const auto known = known_.find(name);
  if (known == known_.end()) return std::nullopt;
  if (const auto offered = offered_.find(name); offered != offered_.end()) {
    known->second = std::move(offered->second);
    offered_.erase(offered);
  }
  return known->second;
}

}  // namespace sockchat::client_core
