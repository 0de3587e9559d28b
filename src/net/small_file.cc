#include "sockchat/net/small_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <vector>

#include "sockchat/net/socket.h"
#include "sockchat/net/unique_fd.h"

namespace sockchat::net {
namespace {

tl::unexpected<Error> cannot_read(const std::string& path, std::string_view why) {
  return fail(Errc::system, fmt::format("cannot read {}: {}", path, why));
}

}  // namespace

Result<Secret> read_small_file(const std::string& path, std::size_t bytes_max) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat about {};
  if (!file || ::fstat(file.get(), &about) != 0) return cannot_read(path, errno_text(errno));
  if (!S_ISREG(about.st_mode)) return cannot_read(path, "it is no file");
  // One byte more than may be there, and in one piece: a buffer that grew would leave copies of a key behind.
  std::vector<char> bytes(bytes_max + 1);
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = ::read(file.get(), bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(path, errno_text(errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  Secret text(std::string_view(bytes.data(), size));
  ::explicit_bzero(bytes.data(), bytes.size());
  if (size > bytes_max) return cannot_read(path, errno_text(EFBIG));
  return text;
}

}  // namespace sockchat::net
