#include "server/versions.h"

#include <fmt/format.h>
#include <spdlog/version.h>

#include "sockchat/base/version.h"

namespace sockchat::server {

std::string describe_versions() {
  return fmt::format("sockchat-server {}\nspdlog {}.{}.{}\nfmt {}.{}.{}\n", kVersion, SPDLOG_VER_MAJOR,
                     SPDLOG_VER_MINOR, SPDLOG_VER_PATCH, FMT_VERSION / 10'000, FMT_VERSION / 100 % 100,
                     FMT_VERSION % 100);
}

}  // namespace sockchat::server
