#include "process_stat.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace sockchat::bench {

Result<ProcessStat> read_process_stat(pid_t process) {
  ProcessStat stat;
  std::ifstream memory(fmt::format("/proc/{}/statm", process));
  std::size_t total_pages = 0;
  std::size_t resident_pages = 0;
  memory >> total_pages >> resident_pages;
  stat.resident_bytes = resident_pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));

  // In nanoseconds, where /proc/PID/stat counts ticks of 10 ms; but each thread has a file of its own.
  std::error_code gone;
  for (const auto& thread :
       std::filesystem::directory_iterator(fmt::format("/proc/{}/task", process), gone)) {
    std::ifstream file(thread.path() / "schedstat");
    Duration::rep ran = 0;
    file >> ran;
    stat.cpu += Duration(ran);
  }
  if (!memory || gone) return fail(Errc::system, fmt::format("process {} is gone", process));
  return stat;
}

}  // namespace sockchat::bench
