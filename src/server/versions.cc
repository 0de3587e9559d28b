#include "server/versions.h"

#include <fmt/format.h>
#include <spdlog/version.h>

#include "sockchat/base/version.h"
#include "sockchat/crypto/library_version.h"
#include "sockchat/net/tls_context.h"
#include "sockchat/sqlite/library_version.h"
#include "sockchat/wire/library_version.h"

namespace sockchat::server {

std::string describe_versions() {
  return fmt::format(
      "sockchat-server {}\n"
      "SQLite {}\n"
      "{}\n"
      "libsodium {}\n"
      "simdjson {}\n"
      "spdlog {}.{}.{}\n"
      "fmt {}.{}.{}\n",
      kVersion, sqlite::sqlite_version(), net::openssl_version(), crypto::sodium_version(),
      wire::simdjson_version(), SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH, FMT_VERSION / 10'000,
      FMT_VERSION / 100 % 100, FMT_VERSION % 100);
}

}  // namespace sockchat::server
