#include "sockchat/base/secret.h"

namespace sockchat {

void login(const Secret& password);

void wrong() {
  login("falcon");  // fails: invalid initialization of reference
}

}  // namespace sockchat
