#include "server/backup_command.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

#include "sockchat/storage/backup.h"

namespace sockchat::server {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kReportInterval = std::chrono::seconds(1);

// A line a second on stderr, and none within the first.
class ProgressLine final {
 public:
  void operator()(std::string_view what, std::uint64_t done, std::uint64_t total) {
    const auto now = Clock::now();
    if (now - last_ < kReportInterval || total == 0) return;
    last_ = now;
    std::fputs(fmt::format("{} {} %\n", what, done * 100 / total).c_str(), stderr);
  }

 private:
  Clock::time_point last_ = Clock::now();
};

Result<void> print(const std::string& file, const storage::BackupContents& contents) {
  const std::string line = fmt::format("{}: {} accounts, {} messages, the newest is {}\n", file,
                                       contents.accounts, contents.messages, contents.newest.value());
  const bool written = std::fputs(line.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
  if (!written) return fail(Errc::system, fmt::format("{} is done, but stdout cannot be written", file));
  return {};
}

}  // namespace

Result<void> run_backup_command(const BackupOptions& options) {
  const auto made = storage::back_up(options.data_directory, options.file, ProgressLine());
  if (!made) return tl::unexpected(made.error());
  if (auto printed = print(options.file, made->contents); !printed) return printed;
  if (made->damages.empty()) return {};
  return fail(Errc::corrupt, fmt::format("{} is made, but in {} something is damaged: {}{}", options.file,
                                         options.data_directory, made->damages.front(),
                                         made->damages.size() > 1 ? ", and others" : ""));
}

Result<void> run_restore_command(const RestoreOptions& options) {
  const auto done = options.check_only
                        ? storage::check_backup(options.file, ProgressLine())
                        : storage::restore_backup(options.file, options.data_directory, ProgressLine());
  if (!done) return tl::unexpected(done.error());
  return print(options.check_only ? options.file : options.data_directory, *done);
}

}  // namespace sockchat::server
