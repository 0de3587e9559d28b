#include "server/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <new>
#include <string_view>

#include "server/exit_code.h"
#include "sockchat/base/core_files.h"
#include "sockchat/net/socket.h"
#include "sockchat/net/unique_fd.h"

namespace sockchat::server {
namespace {

tl::unexpected<Error> fail_with_errno(std::string what) {
  return fail(Errc::system, fmt::format("{}: {}", what, net::errno_text(errno)));
}

// Of any thread. No destructors: they may want memory too.
[[noreturn]] void end_without_memory() {
  // One line, whoever else finds out at the same time.
  static std::atomic_flag is_ending;
  while (is_ending.test_and_set()) ::pause();
  constexpr std::string_view kLine = "sockchat-server: out of memory\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kLine.data(), kLine.size());
  ::_exit(kExitNoMemory);
}

}  // namespace

void ignore_stop_signals() {
  std::signal(SIGTERM, SIG_IGN);
  std::signal(SIGINT, SIG_IGN);
}

void end_when_out_of_memory() { std::set_new_handler(end_without_memory); }

Result<std::size_t> raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return fail_with_errno("cannot read the limit of descriptors");
  // A container may say "unlimited", which is more than the kernel gives.
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, rlim_t{1} << 30);
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
    return fail_with_errno("cannot raise the limit of descriptors");
  return static_cast<std::size_t>(limit.rlim_cur);
}

void harden_process() {
  forbid_core_files();
  std::signal(SIGPIPE, SIG_IGN);
}

Result<void> write_port_file(const std::string& path, std::uint16_t port) {
  const std::string unfinished = path + ".new";
  const net::UniqueFd file(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  const std::string text = fmt::format("{}\n", port);
  const bool done = file &&
                    ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                    std::rename(unfinished.c_str(), path.c_str()) == 0;
  if (!done) return fail_with_errno(fmt::format("cannot write the port file {}", path));
  return {};
}

}  // namespace sockchat::server
