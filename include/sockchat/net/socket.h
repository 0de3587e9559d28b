// Non-blocking TCP sockets and their addresses. getaddrinfo(3) is not here: names are resolved by the
// programs, off the loop.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sockchat/base/result.h"
#include "sockchat/net/unique_fd.h"

namespace sockchat::net {

// An IPv4 or IPv6 address with a port. A value.
class SocketAddress final {
 public:
  SocketAddress() = default;
  SocketAddress(const sockaddr* address, socklen_t size);
  // A numeric address ("127.0.0.1", "::1") and a port; bad_argument for anything else.
  static Result<SocketAddress> parse(std::string_view host, std::uint16_t port);

  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  [[nodiscard]] socklen_t size() const { return size_; }
  [[nodiscard]] std::uint16_t port() const;
  // The host without the port; an IPv4 address mapped into IPv6 is shown as IPv4.
  [[nodiscard]] std::string host() const;
  // "127.0.0.1:4000", "[::1]:4000".
  [[nodiscard]] std::string to_string() const;
  // 127.0.0.0/8, ::1, and the former mapped into IPv6.
  [[nodiscard]] bool is_loopback() const;

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

struct Listener {
  UniqueFd fd;
  SocketAddress address;  // with the port that the system chose
};

// Listens with backlog 4096, TCP_NODELAY and TCP_USER_TIMEOUT, which accepted sockets inherit. An empty
// `host` means every address, IPv6 and IPv4 on one socket (IPv4 alone where there is no IPv6). `send_buffer`
// bounds what the kernel keeps of an accepted socket's output (SO_SNDBUF: it counts its own overhead, and
// takes twice as much); 0 leaves it to grow to megabytes. Fails with `system` and a sentence that names the
// port.
Result<Listener> listen_on(std::string_view host, std::uint16_t port, std::size_t send_buffer = 0);

// Keeps a port for listeners that come and go: bound on every address, and closed to everybody. While it
// lives, listen_on("", its port) opens the port. `port` 0: the system chooses one. Fails as listen_on() does.
Result<Listener> reserve_port(std::uint16_t port);

// Has the kernel ask a peer that is silent for 15 s whether it is still there, and break the connection when
// it has not answered for as long again.
void keep_alive(int fd);

// Starts to connect; EINPROGRESS is success. The outcome shows when the descriptor becomes writable:
// connect_error().
Result<UniqueFd> start_connect(const SocketAddress& address);
// 0, or the errno with which the attempt ended.
int connect_error(int fd);

// The words for an errno, thread-safe ("Connection refused").
std::string errno_text(int error);

}  // namespace sockchat::net
