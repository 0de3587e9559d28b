// The file is read as a whole and written anew: it has a few lines, and a reader needs no lock then.
#include "client/known_servers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <iterator>
#include <utility>

#include "client/private_folder.h"
#include "client/server_address.h"
#include "sockchat/net/socket.h"

namespace sockchat::client {
namespace {

using client_core::KeyPin;

constexpr std::size_t kReadBytes = std::size_t{16} * 1024;
constexpr std::chrono::milliseconds kLockPause{10};

tl::unexpected<Error> system_failure(std::string_view what, const std::string& path) {
  return fail(Errc::system, fmt::format("cannot {} {}: {}", what, path, net::errno_text(errno)));
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Such as stands in a line as it is.
bool is_name(std::string_view name) {
  const auto shows = [](char c) { return static_cast<unsigned char>(c) > ' ' && c != '\x7f'; };
  return !name.empty() && std::ranges::all_of(name, shows);
}

std::optional<KnownServer> server_of(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view name = line.substr(0, space);
  auto pin = KeyPin::parse(line.substr(space + 1));
  if (!pin || !is_name(name)) return std::nullopt;
  return KnownServer{std::string(name), *std::move(pin)};
}

std::string line_of(const KnownServer& server) {
  return fmt::format("{} {}\n", server.name, server.pin.text());
}

auto find_by_name(const std::vector<KnownServer>& servers, std::string_view name) {
  return std::ranges::find_if(servers, [&](const KnownServer& server) { return server.name == name; });
}

// Empty when there is no file.
Result<std::string> bytes_of(const std::string& path) {
  const net::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::string();
  if (!file) return system_failure("open", path);
  std::string bytes;
  while (bytes.size() <= KnownServers::kBytesMax) {
    const std::size_t size = bytes.size();
    bytes.resize(size + kReadBytes);
    const ssize_t got = ::read(file.get(), bytes.data() + size, kReadBytes);
    bytes.resize(size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0) return system_failure("read", path);
    if (got == 0) return bytes;
  }
  return fail(Errc::corrupt, fmt::format("{} is larger than {} bytes", path, KnownServers::kBytesMax));
}

Result<void> write_whole(int file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0) return system_failure("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file) != 0) return system_failure("sync", path);
  return {};
}

}  // namespace

std::string known_name(std::string_view host, std::uint16_t port) {
  if (const auto address = net::SocketAddress::parse(host, port)) return address->to_string();
  std::string name = server_label(host, port);
  std::ranges::transform(name, name.begin(), lower);
  return name;
}

Result<std::optional<KeyPin>> KnownServers::find(std::string_view name) const {
  if (!folder_) return std::nullopt;
  const auto servers = read();
  if (!servers) return tl::unexpected(servers.error());
  const auto known = find_by_name(*servers, name);
  if (known == servers->end()) return std::nullopt;
  return known->pin;
}

Result<KeyPin> KnownServers::remember(std::string_view name, const KeyPin& pin) {
  if (!folder_) return fail(Errc::system, "neither XDG_STATE_HOME nor HOME says where");
  if (!is_name(name)) return fail(Errc::system, "its name cannot stand in a line");
  if (auto made = make_private_folder(*folder_); !made) return tl::unexpected(made.error());
  const auto locked = lock();
  if (!locked) return tl::unexpected(locked.error());
  auto servers = read();
  if (!servers) return tl::unexpected(servers.error());
  const auto known = find_by_name(*servers, name);
  if (known != servers->end()) return known->pin;
  servers->push_back({std::string(name), pin});
  if (auto written = write(*servers); !written) return tl::unexpected(written.error());
  return pin;
}

Result<std::vector<KnownServer>> KnownServers::forget(std::string_view host,
                                                      std::optional<std::uint16_t> port) {
  std::vector<KnownServer> forgotten;
  // Nothing is made just to find nothing in it.
  if (!folder_ || ::access(path().c_str(), F_OK) != 0) return forgotten;
  const auto locked = lock();
  if (!locked) return tl::unexpected(locked.error());
  auto servers = read();
  if (!servers) return tl::unexpected(servers.error());
  const std::string one = known_name(host, port.value_or(0));
  const std::string all = one.substr(0, one.rfind(':') + 1);
  const auto is_meant = [&](const KnownServer& server) {
    return port ? server.name == one : server.name.substr(0, server.name.rfind(':') + 1) == all;
  };
  std::ranges::copy_if(*servers, std::back_inserter(forgotten), is_meant);
  if (forgotten.empty()) return forgotten;
  std::erase_if(*servers, is_meant);
  if (auto written = write(*servers); !written) return tl::unexpected(written.error());
  return forgotten;
}

// Beside the file, which is another one after every change.
Result<net::UniqueFd> KnownServers::lock() const {
  const std::string beside = path() + ".lock";
  net::UniqueFd file(::open(beside.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kPrivateFileMode));
  if (!file) return system_failure("open", beside);
  // A flock() that waits would be ended by nobody: signals wait for the loop.
  Duration left = patience_;
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_failure("lock", beside);
    if (left <= left.zero()) return fail(Errc::system, fmt::format("another client keeps {}", beside));
    ::poll(nullptr, 0, static_cast<int>(kLockPause.count()));
    left -= kLockPause;
  }
  return file;
}

Result<std::vector<KnownServer>> KnownServers::read() const {
  const auto bytes = bytes_of(path());
  if (!bytes) return tl::unexpected(bytes.error());
  std::vector<KnownServer> servers;
  std::string_view rest = *bytes;
  for (int number = 1; !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    const auto damaged = [&](std::string_view how) {
      return fail(Errc::corrupt, fmt::format("{}, line {}: {}", path(), number, how));
    };
    auto server = server_of(rest.substr(0, end));
    if (!server) return damaged("this is not a server and its key");
    if (find_by_name(servers, server->name) != servers.end()) return damaged("this server stood here before");
    servers.push_back(*std::move(server));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return servers;
}

// Whoever reads meanwhile, or after a crash, finds all of the old file or all of the new one.
Result<void> KnownServers::write(const std::vector<KnownServer>& servers) const {
  std::string bytes;
  for (const KnownServer& server : servers) bytes += line_of(server);
  if (bytes.size() > kBytesMax) return fail(Errc::system, fmt::format("{} is full", path()));
  const std::string beside = path() + ".new";
  const net::UniqueFd file(
      ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kPrivateFileMode));
  if (!file) return system_failure("open", beside);
  if (::fchmod(file.get(), kPrivateFileMode) != 0) return system_failure("close to others", beside);
  if (auto written = write_whole(file.get(), bytes, beside); !written) return written;
  if (std::rename(beside.c_str(), path().c_str()) != 0) return system_failure("rename", beside);
  const net::UniqueFd folder(::open(folder_->c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.get()) != 0) return system_failure("sync", *folder_);
  return {};
}

}  // namespace sockchat::client
