#include "sockchat/domain/user_name.h"

namespace sockchat::domain {

UserName wrong() {
  return UserName("not checked");  // fails: is private within this context
}

}  // namespace sockchat::domain
