#include "process_stat.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace sockchat::bench {
namespace {

// schedstat is in nanoseconds, where stat counts ticks of 10 ms; but each thread has its own.
constexpr int kFieldsBeforeUserTicks = 11;  // behind the name, which stands in brackets

}  // namespace

Result<ProcessStat> read_process_stat(pid_t process) {
  ProcessStat stat;
  std::ifstream memory(fmt::format("/proc/{}/statm", process));
  std::size_t total_pages = 0;
  std::size_t resident_pages = 0;
  memory >> total_pages >> resident_pages;

  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string skipped;
  std::getline(file, skipped, ')');
  for (int field = 0; field < kFieldsBeforeUserTicks; ++field) file >> skipped;
  Duration::rep user_ticks = 0;
  Duration::rep system_ticks = 0;
  file >> user_ticks >> system_ticks;
  if (!memory || !file) return fail(Errc::system, fmt::format("process {} is gone", process));

  stat.resident_bytes = resident_pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  stat.cpu = Duration(std::chrono::seconds(user_ticks + system_ticks)) / ::sysconf(_SC_CLK_TCK);
  return stat;
}

}  // namespace sockchat::bench
