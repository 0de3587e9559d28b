#include "sockchat/base/planted.h"

#ifdef SOCKCHAT_PLANTED

#include <algorithm>
#include <cstdlib>

#include "sockchat/base/check.h"

namespace sockchat {
namespace {

const PlantName* chosen() {
  const char* name = std::getenv("SOCKCHAT_PLANT");
  if (name == nullptr) return nullptr;
  const auto found = std::ranges::find(kPlants, std::string_view(name), &PlantName::name);
  // A fault that is not there would prove nothing.
  SOCKCHAT_CHECK(found != kPlants.end());
  return &*found;
}

}  // namespace

bool planted(Plant plant) {
  static const PlantName* const kChosen = chosen();
  return kChosen != nullptr && kChosen->plant == plant;
}

}  // namespace sockchat

#endif
