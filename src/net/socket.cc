#include "sockchat/net/socket.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "sockchat/base/check.h"

namespace sockchat::net {
namespace {

constexpr int kBacklog = 4096;
// How long the kernel keeps trying to get output to a peer that acknowledges nothing.
constexpr unsigned kUnacknowledgedMaxMs = 30'000;
constexpr int kAliveIdleSeconds = 15;
constexpr int kAliveAgainSeconds = 5;
constexpr int kAliveTries = 3;

template <class Address>
Address as(const sockaddr_storage& storage) {
  Address address{};
  std::memcpy(&address, &storage, sizeof address);
  return address;
}

template <class Value>
bool set_option(int fd, int level, int option, Value value) {
  return ::setsockopt(fd, level, option, &value, sizeof value) == 0;
}

UniqueFd tcp_socket(int family) {
  return UniqueFd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
}

SocketAddress every_address(int family, std::uint16_t port) {
  if (family == AF_INET6) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    return {reinterpret_cast<const sockaddr*>(&address), sizeof address};
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  return {reinterpret_cast<const sockaddr*>(&address), sizeof address};
}

// errno says what went wrong when there is no descriptor.
UniqueFd bound_socket(const SocketAddress& address) {
  const int family = address.get()->sa_family;
  UniqueFd fd = tcp_socket(family);
  const bool is_bound = fd && set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1) &&
                        (family != AF_INET6 || set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0)) &&
                        ::bind(fd.get(), address.get(), address.size()) == 0;
  if (is_bound) return fd;
  const int error = errno;
  fd.reset();
  errno = error;
  return {};
}

UniqueFd bound_listener(const SocketAddress& address, int send_buffer) {
  UniqueFd fd = bound_socket(address);
  const bool listens = fd && set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1) &&
                       set_option(fd.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, kUnacknowledgedMaxMs) &&
                       (send_buffer == 0 || set_option(fd.get(), SOL_SOCKET, SO_SNDBUF, send_buffer)) &&
                       ::listen(fd.get(), kBacklog) == 0;
  if (listens) return fd;
  const int error = errno;
  fd.reset();
  errno = error;
  return {};
}

// IPv4 alone where there is no IPv6.
template <class Bind>
UniqueFd on_every_address(std::uint16_t port, Bind bind) {
  UniqueFd fd = bind(every_address(AF_INET6, port));
  if (!fd && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) fd = bind(every_address(AF_INET, port));
  return fd;
}

SocketAddress local_address(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  SOCKCHAT_CHECK(::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) == 0);
  return {reinterpret_cast<const sockaddr*>(&storage), size};
}

}  // namespace

SocketAddress::SocketAddress(const sockaddr* address, socklen_t size) : size_(size) {
  SOCKCHAT_CHECK(size <= sizeof storage_);
  std::memcpy(&storage_, address, size);
}

Result<SocketAddress> SocketAddress::parse(std::string_view host, std::uint16_t port) {
  const std::string text(host);
  sockaddr_in v4{};
  if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    return SocketAddress(reinterpret_cast<const sockaddr*>(&v4), sizeof v4);
  }
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    return SocketAddress(reinterpret_cast<const sockaddr*>(&v6), sizeof v6);
  }
  return fail(Errc::bad_argument, fmt::format("'{}' is not a numeric address", host));
}

std::uint16_t SocketAddress::port() const {
  if (storage_.ss_family == AF_INET) return ntohs(as<sockaddr_in>(storage_).sin_port);
  if (storage_.ss_family == AF_INET6) return ntohs(as<sockaddr_in6>(storage_).sin6_port);
  return 0;
}

std::string SocketAddress::host() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (storage_.ss_family == AF_INET) {
    const auto v4 = as<sockaddr_in>(storage_).sin_addr;
    ::inet_ntop(AF_INET, &v4, text, sizeof text);
  } else if (storage_.ss_family == AF_INET6) {
    const auto v6 = as<sockaddr_in6>(storage_).sin6_addr;
    const bool is_mapped = IN6_IS_ADDR_V4MAPPED(&v6);
    ::inet_ntop(is_mapped ? AF_INET : AF_INET6, v6.s6_addr + (is_mapped ? 12 : 0), text, sizeof text);
  }
  return text;
}

std::string SocketAddress::to_string() const {
  const std::string text = host();
  return text.contains(':') ? fmt::format("[{}]:{}", text, port()) : fmt::format("{}:{}", text, port());
}

bool SocketAddress::is_loopback() const {
  if (storage_.ss_family == AF_INET) return ntohl(as<sockaddr_in>(storage_).sin_addr.s_addr) >> 24 == 127;
  if (storage_.ss_family != AF_INET6) return false;
  const auto v6 = as<sockaddr_in6>(storage_).sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
}

Result<Listener> listen_on(std::string_view host, std::uint16_t port, std::size_t send_buffer) {
  const int buffer = static_cast<int>(std::min<std::size_t>(send_buffer, std::numeric_limits<int>::max()));
  const auto listen = [buffer](const SocketAddress& address) { return bound_listener(address, buffer); };
  UniqueFd fd;
  if (host.empty()) {
    fd = on_every_address(port, listen);
  } else {
    const auto address = SocketAddress::parse(host, port);
    if (!address) return tl::unexpected(address.error());
    fd = listen(*address);
  }
  if (!fd) return fail(Errc::system, fmt::format("cannot listen on port {}: {}", port, errno_text(errno)));
  const SocketAddress bound = local_address(fd.get());
  return Listener{std::move(fd), bound};
}

Result<Listener> reserve_port(std::uint16_t port) {
  UniqueFd fd = on_every_address(port, bound_socket);
  if (!fd) return fail(Errc::system, fmt::format("cannot listen on port {}: {}", port, errno_text(errno)));
  const SocketAddress bound = local_address(fd.get());
  return Listener{std::move(fd), bound};
}

void keep_alive(int fd) {
  // A kernel that refuses leaves the connection as it is.
  static_cast<void>(set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1) &&
                    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, kAliveIdleSeconds) &&
                    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, kAliveAgainSeconds) &&
                    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, kAliveTries));
}

Result<UniqueFd> start_connect(const SocketAddress& address) {
  UniqueFd fd = tcp_socket(address.get()->sa_family);
  if (!fd) return fail(Errc::system, errno_text(errno));
  set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);  // only costs time when it fails
  if (::connect(fd.get(), address.get(), address.size()) == 0 || errno == EINPROGRESS) return fd;
  return fail(Errc::system, errno_text(errno));
}

int connect_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

std::string errno_text(int error) {
  const char* text = ::strerrordesc_np(error);
  return text != nullptr ? std::string(text) : fmt::format("error {}", error);
}

}  // namespace sockchat::net
