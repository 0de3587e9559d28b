// What the kernel says about another process: proc(5).
#pragma once

#include <sys/types.h>

#include <cstddef>

#include "sockchat/base/result.h"
#include "sockchat/base/time.h"

namespace sockchat::bench {

struct ProcessStat {
  std::size_t resident_bytes = 0;
  Duration cpu{};  // of the threads that it has now
};

Result<ProcessStat> read_process_stat(pid_t process);

}  // namespace sockchat::bench
