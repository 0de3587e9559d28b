// Who makes an identity holds a lock on the unfinished file, which is its own only until it has its final
// name: so nobody writes into what another is writing, and what a crash has left is taken over. The final
// name comes from link(), which replaces nothing, also where locks say nothing to other machines.
#include "sockchat/net/identity_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string_view>

#include "sockchat/net/small_file.h"
#include "sockchat/net/socket.h"
#include "sockchat/net/tls_context.h"
#include "sockchat/net/tls_identity.h"
#include "sockchat/net/unique_fd.h"

namespace sockchat::net {
namespace {

// A key and its certificate are less than one KiB, chains a few.
constexpr std::size_t kFileMax = std::size_t{64} * 1024;
constexpr std::chrono::milliseconds kLockPause{10};

tl::unexpected<Error> file_failure(std::string_view what, const std::string& path, int error) {
  return fail(Errc::system, fmt::format("cannot {} {}: {}", what, path, errno_text(error)));
}

// A file that cannot be looked at is there as well: only what is surely missing is made.
bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0 || errno != ENOENT; }

Result<void> lock(int file, const std::string& path, Duration patience) {
  // A flock() that waits would be ended by nobody, if who holds it is stopped.
  for (Duration left = patience; ::flock(file, LOCK_EX | LOCK_NB) != 0; left -= kLockPause) {
    if (errno != EWOULDBLOCK) return file_failure("lock", path, errno);
    if (left <= left.zero())
      return fail(Errc::system, fmt::format("cannot make {}: another process keeps it", path));
    ::poll(nullptr, 0, static_cast<int>(kLockPause.count()));
  }
  return {};
}

Result<void> write_all(int file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return file_failure("write", path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

// Under the lock. `unfinished` is `file`, and is emptied of what a crash has left in it. False when another
// machine was quicker.
Result<bool> write_identity(int file, const std::string& unfinished, const std::string& path,
                            const Secret& identity) {
  if (::fchmod(file, 0600) != 0 || ::ftruncate(file, 0) != 0) return file_failure("make", unfinished, errno);
  if (auto written = write_all(file, identity.reveal(), unfinished); !written)
    return tl::unexpected(std::move(written.error()));
  const std::filesystem::path directory = std::filesystem::path(path).parent_path();
  const UniqueFd above(
      ::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!above || ::fsync(file) != 0) return file_failure("make", path, errno);
  const bool is_first = ::link(unfinished.c_str(), path.c_str()) == 0;
  if (!is_first && errno != EEXIST) return file_failure("make", path, errno);
  if (::unlink(unfinished.c_str()) != 0 || ::fsync(above.get()) != 0)
    return file_failure("make", path, errno);
  return is_first;
}

// What was made; none when another was quicker.
Result<std::optional<Secret>> make_identity_file(const std::string& path, Duration patience) {
  const std::string unfinished = path + ".new";
  const UniqueFd file(::open(unfinished.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return file_failure("make", unfinished, errno);
  if (auto locked = lock(file.get(), unfinished, patience); !locked)
    return tl::unexpected(std::move(locked.error()));
  if (is_there(path)) {
    // This one came too late, and may have made an unfinished file anew. Whoever else has it open, or makes
    // another, finds the finished one too.
    ::unlink(unfinished.c_str());
    return std::nullopt;
  }
  auto made = make_tls_identity();
  if (!made) return tl::unexpected(std::move(made.error()));
  const auto is_first = write_identity(file.get(), unfinished, path, *made);
  if (!is_first) return tl::unexpected(is_first.error());
  if (!*is_first) return std::nullopt;
  return *std::move(made);
}

}  // namespace

Result<Secret> read_identity_file(const std::string& path) {
  auto text = read_small_file(path, kFileMax);
  if (!text) return text;
  // Both halves of it, so that a damaged one is told by name.
  if (const auto usable = TlsContext::for_server(text->reveal(), *text); !usable)
    return fail(usable.error().code, fmt::format("{} is damaged: {}", path, usable.error().text));
  return text;
}

Result<Secret> open_identity_file(const std::string& path, Duration patience) {
  if (!is_there(path)) {
    auto made = make_identity_file(path, patience);
    if (!made) return tl::unexpected(std::move(made.error()));
    if (*made) return **std::move(made);
  }
  return read_identity_file(path);
}

}  // namespace sockchat::net
