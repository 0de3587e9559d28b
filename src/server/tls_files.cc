#include "server/tls_files.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "sockchat/net/identity_file.h"
#include "sockchat/net/small_file.h"
#include "sockchat/net/tls_identity.h"

namespace sockchat::server {
namespace {

// Chains are a few KiB; what is larger is another kind of file.
constexpr std::size_t kFileMax = std::size_t{64} * 1024;

std::string identity_path(const std::string& directory) {
  return fmt::format("{}/{}", directory, kIdentityFile);
}

Result<std::unique_ptr<net::TlsContext>> load_given(const std::string& certificate_path,
                                                    const std::string& key_path) {
  const auto certificate = read_pem(certificate_path);
  if (!certificate) return tl::unexpected(certificate.error());
  const auto key = read_pem(key_path);
  if (!key) return tl::unexpected(key.error());
  auto context = net::TlsContext::for_server(certificate->reveal(), *key);
  if (!context)
    return fail(context.error().code,
                fmt::format("{} and {}: {}", certificate_path, key_path, context.error().text));
  return context;
}

}  // namespace

Result<Secret> read_pem(const std::string& path) { return net::read_small_file(path, kFileMax); }

Result<Secret> read_identity(const std::string& directory) {
  return net::read_identity_file(identity_path(directory));
}

Result<std::unique_ptr<net::TlsContext>> load_tls(const ServeOptions& options) {
  if (!options.tls_certificate.empty()) return load_given(options.tls_certificate, options.tls_key);
  const auto identity = options.store == StoreKind::memory
                            ? net::make_tls_identity()
                            : net::open_identity_file(identity_path(options.data_directory));
  if (!identity) return tl::unexpected(identity.error());
  return net::TlsContext::for_server(identity->reveal(), *identity);
}

std::string exposed_key(const ServeOptions& options) {
  if (options.tls_key.empty() && options.store == StoreKind::memory) return {};
  const std::string path = options.tls_key.empty() ? identity_path(options.data_directory) : options.tls_key;
  struct stat about {};
  const bool is_exposed = ::stat(path.c_str(), &about) == 0 && (about.st_mode & (S_IROTH | S_IWOTH)) != 0;
  return is_exposed ? path : std::string();
}

std::string invitation(const std::string& bind, std::uint16_t port, std::string_view pin) {
  std::array<char, 256> name{};
  std::string host = bind;
  if (host.empty() && ::gethostname(name.data(), name.size() - 1) == 0) host = name.data();
  if (host.empty()) host = "localhost";
  return fmt::format(fmt::runtime(host.contains(':') ? "[{}]:{}#{}" : "{}:{}#{}"), host, port, pin);
}

}  // namespace sockchat::server
