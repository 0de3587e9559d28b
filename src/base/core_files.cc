#include "sockchat/base/core_files.h"

#include <sys/resource.h>

namespace sockchat {

void forbid_core_files() {
  // One byte is no core file, and no core for a program either that core_pattern pipes them to: a limit of 0
  // would not keep that one from it (core(5)).
  const rlimit none{1, 1};
  static_cast<void>(::setrlimit(RLIMIT_CORE, &none));
}

}  // namespace sockchat
