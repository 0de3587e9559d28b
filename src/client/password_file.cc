#include "client/password_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "sockchat/net/socket.h"
#include "sockchat/net/unique_fd.h"

namespace sockchat::client {
namespace {

// More than the longest password.
constexpr std::size_t kBytesMax = 8 * 1024;

tl::unexpected<Error> cannot_read(const std::string& path, int error) {
  return fail(Errc::system, fmt::format("Error. Cannot read {}: {}", path, net::errno_text(error)));
}

Result<FilePassword> read_from(int fd, const std::string& path) {
  struct stat about = {};
  if (::fstat(fd, &about) != 0) return cannot_read(path, errno);

  std::array<char, kBytesMax> bytes;
  std::size_t size = 0;
  ssize_t got = 0;
  // Not only files: `--password-file <(pass chat)` is a pipe.
  while (size < bytes.size() && (got = ::read(fd, bytes.data() + size, bytes.size() - size)) > 0) {
    size += static_cast<std::size_t>(got);
  }
  const int problem = got < 0 ? errno : 0;
  std::string_view line(bytes.data(), size);
  const bool too_long = size == bytes.size() && line.find('\n') == std::string_view::npos;
  line = line.substr(0, line.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  FilePassword result{Secret(line), S_ISREG(about.st_mode) && (about.st_mode & (S_IRWXG | S_IRWXO)) != 0};
  ::explicit_bzero(bytes.data(), bytes.size());
  if (problem != 0) return cannot_read(path, problem);
  if (too_long || result.password.empty()) {
    return fail(Errc::system, fmt::format("Error. The first line of {} is no password", path));
  }
  return result;
}

}  // namespace

Result<FilePassword> read_password_file(const std::string& path) {
  const net::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return cannot_read(path, errno);
  return read_from(fd.get(), path);
}

std::optional<Secret> read_password_again(const std::string& path) {
  // A pipe without a writer would keep the client.
  const net::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat about = {};
  if (!fd || ::fstat(fd.get(), &about) != 0 || !S_ISREG(about.st_mode)) return std::nullopt;
  auto file = read_from(fd.get(), path);
  if (!file) return std::nullopt;
  return std::move(file->password);
}

}  // namespace sockchat::client
