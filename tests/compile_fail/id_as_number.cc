#include "sockchat/base/ids.h"

namespace sockchat {

std::uint64_t wrong(UserId user) {
  return user;  // fails: cannot convert
}

}  // namespace sockchat
