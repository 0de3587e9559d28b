#include "faults/sweep_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sockchat::faults {

std::string name_of(const Item& item) {
  return fmt::format("{}:{}:{}", item.kind->name, item.effect == Effect::fail_once ? "once" : "ever",
                     item.nth);
}

std::optional<Item> item_of(std::string_view name) {
  const std::size_t first = name.find(':');
  const std::size_t second = name.find(':', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto kind = std::ranges::find(kKinds, name.substr(0, first), &Kind::name);
  if (kind == kKinds.end()) return std::nullopt;
  Item item{&*kind,
            name.substr(first + 1, second - first - 1) == "once" ? Effect::fail_once : Effect::fail_for_ever,
            0};
  std::from_chars(name.data() + second + 1, name.data() + name.size(), item.nth);
  return item;
}

std::vector<Item> items_of(const Kind& kind, std::uint64_t total, std::uint64_t stride) {
  std::vector<Item> items;
  for (const Effect effect : {Effect::fail_once, Effect::fail_for_ever}) {
    if (effect == Effect::fail_for_ever && !kind.for_ever) continue;
    for (std::uint64_t nth = 1; nth <= total; nth += stride) items.push_back({&kind, effect, nth});
  }
  return items;
}

}  // namespace sockchat::faults
