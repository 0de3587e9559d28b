#include "client/private_folder.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <string_view>

#include "sockchat/net/socket.h"

namespace sockchat::client {
namespace {

constexpr mode_t kFolderMode = 0700;

tl::unexpected<Error> system_failure(std::string_view what, const std::string& path) {
  return fail(Errc::system, fmt::format("cannot {} {}: {}", what, path, net::errno_text(errno)));
}

}  // namespace

Result<void> make_private_folder(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (::mkdir(part.c_str(), kFolderMode) != 0 && errno != EEXIST) return system_failure("make", part);
    if (end == std::string::npos) break;
  }
  // Somebody may have made it with his own idea of modes.
  if (::chmod(path.c_str(), kFolderMode) != 0) return system_failure("close to others", path);
  return {};
}

}  // namespace sockchat::client
