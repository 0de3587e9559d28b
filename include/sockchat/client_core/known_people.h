// Whose key is whose: the first key that a person proved is remembered, and another one stops until the user
// trusts it. Pure; one thread.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sockchat/client_core/client_memory.h"
#include "sockchat/client_core/server_trust.h"

namespace sockchat::client_core {

class KnownPeople final {
 public:
  static constexpr std::size_t kPeopleMax = 10'000;

  // What earlier runs have learned.
  void restore(std::vector<Person> people);

  // False: the person is known by another key. This one is kept for trust() and key_of().
  [[nodiscard]] bool admits(std::string_view name, const KeyPin& key);
  // The person has proved the key. True when that is news, and to be kept. With kPeopleMax people nobody more
  // is learned.
  [[nodiscard]] bool learn(std::string_view name, const KeyPin& key);
  // The key to compare: the one that waits for trust, else the known one. nullptr: neither.
  [[nodiscard]] const KeyPin* key_of(std::string_view name) const;
  // The key that counts from now on, to be kept; none when nobody of that name is known.
  [[nodiscard]] std::optional<KeyPin> trust(std::string_view name);

 private:
  using Keys = std::map<std::string, KeyPin, std::less<>>;

  Keys known_;
  Keys offered_;  // in place of a known one
};

}  // namespace sockchat::client_core
