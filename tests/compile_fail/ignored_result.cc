#include "sockchat/base/limits.h"

namespace sockchat {

void wrong(Limits& limits) {
  set_limit(limits, "frame_max=1");  // fails: ignoring return
}

}  // namespace sockchat
