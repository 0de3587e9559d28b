#include <fmt/format.h>

#include "sockchat/base/secret.h"

namespace sockchat {

std::string wrong(const Secret& password) {
  return fmt::format("{}", password);  // fails: Cannot format an argument
}

}  // namespace sockchat
