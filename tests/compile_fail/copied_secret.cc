#include "sockchat/base/secret.h"

namespace sockchat {

Secret wrong(const Secret& password) {
  return password;  // fails: use of deleted function
}

}  // namespace sockchat
