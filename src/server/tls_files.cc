#include "server/tls_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "server/small_file.h"
#include "sockchat/net/socket.h"
#include "sockchat/net/tls_identity.h"
#include "sockchat/net/unique_fd.h"

namespace sockchat::server {
namespace {

// Chains are a few KiB; what is larger is another kind of file.
constexpr std::size_t kFileMax = std::size_t{64} * 1024;

std::string identity_path(const std::string& directory) {
  return fmt::format("{}/{}", directory, kIdentityFile);
}

tl::unexpected<Error> file_failure(std::string_view what, const std::string& path, int error) {
  return fail(Errc::system, fmt::format("cannot {} {}: {}", what, path, net::errno_text(error)));
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

// It is there whole or not at all, also after a power cut: clients remember this key.
Result<void> write_identity(const std::string& directory, const Secret& identity) {
  const std::string path = identity_path(directory);
  const std::string unfinished = path + ".new";
  ::unlink(unfinished.c_str());
  const net::UniqueFd file(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return file_failure("make", unfinished, errno);
  if (auto written = write_all(file.get(), identity.reveal(), unfinished); !written) return written;
  const net::UniqueFd above(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const bool is_there = above && ::fsync(file.get()) == 0 &&
                        std::rename(unfinished.c_str(), path.c_str()) == 0 && ::fsync(above.get()) == 0;
  if (!is_there) return file_failure("make", path, errno);
  return {};
}

Result<Secret> open_identity(const std::string& directory) {
  if (::access(identity_path(directory).c_str(), F_OK) == 0 || errno != ENOENT)
    return read_identity(directory);
  auto made = net::make_tls_identity();
  if (!made) return made;
  if (auto written = write_identity(directory, *made); !written) return tl::unexpected(written.error());
  return made;
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

Result<Secret> read_pem(const std::string& path) { return read_small_file(path, kFileMax); }

Result<Secret> read_identity(const std::string& directory) {
  const std::string path = identity_path(directory);
  auto text = read_pem(path);
  if (!text) return text;
  // Both halves of it, so that a damaged one is told by name, and never replaced: clients remember its pin.
  if (const auto usable = net::TlsContext::for_server(text->reveal(), *text); !usable)
    return fail(usable.error().code, fmt::format("{} is damaged: {}", path, usable.error().text));
  return text;
}

Result<std::unique_ptr<net::TlsContext>> load_tls(const ServeOptions& options) {
  if (!options.tls_certificate.empty()) return load_given(options.tls_certificate, options.tls_key);
  const auto identity =
      options.store == StoreKind::memory ? net::make_tls_identity() : open_identity(options.data_directory);
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
