#include "sockchat/base/time.h"

namespace sockchat {

bool wrong(TimePoint deadline, WallTime now) {
  return deadline < now;  // fails: no match for 'operator<'
}

}  // namespace sockchat
