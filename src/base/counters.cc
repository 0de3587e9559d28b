#include "sockchat/base/counters.h"

#include <fmt/format.h>

#include <cstddef>

namespace sockchat {
namespace {

std::size_t place_of(LimitField limit) {
  return static_cast<std::size_t>(&spec_of(limit) - limit_specs().data());
}

}  // namespace

void Counters::count(LimitField limit, std::uint64_t times) {
  if (times > 0) counts_[place_of(limit)] += times;
}

std::uint64_t Counters::of(LimitField limit) const { return counts_[place_of(limit)]; }

std::string Counters::describe() const {
  std::string met;
  for (std::size_t at = 0; at < counts_.size(); ++at) {
    if (counts_[at] == 0) continue;
    if (!met.empty()) met += ' ';
    met += fmt::format("{}={}", limit_specs()[at].name, counts_[at]);
  }
  return met;
}

}  // namespace sockchat
