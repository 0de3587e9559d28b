// wirecat's blocking connect, from a local address if one is asked for.
#pragma once

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "sockchat/base/result.h"
#include "support/wirecat_options.h"

namespace sockchat::wirecat {

inline tl::unexpected<Error> system_error(std::string_view call) {
  return fail(Errc::system, fmt::format("{}: {}", call, std::strerror(errno)));
}

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

inline Result<Addresses> resolve(const std::string& host, const char* port, int family) {
  addrinfo wanted{};
  wanted.ai_family = family;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int problem = ::getaddrinfo(host.c_str(), port, &wanted, &found); problem != 0) {
    return fail(Errc::system, fmt::format("{}: {}", host, ::gai_strerror(problem)));
  }
  return Addresses(found, &::freeaddrinfo);
}

inline Result<int> connect_to(const Options& options) {
  auto addresses = resolve(options.host, options.port.c_str(), AF_UNSPEC);
  if (!addresses) return tl::unexpected(addresses.error());
  auto problem = fail(Errc::system, "no address");
  for (const addrinfo* address = addresses->get(); address != nullptr; address = address->ai_next) {
    const int socket = ::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return system_error("socket");
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // Before connect, which announces the window.
    if (options.rcvbuf) ::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &*options.rcvbuf, sizeof *options.rcvbuf);
    bool bound = true;
    if (!options.bind.empty()) {
      const auto local = resolve(options.bind, nullptr, address->ai_family);
      bound = local && ::bind(socket, (*local)->ai_addr, (*local)->ai_addrlen) == 0;
    }
    if (bound && ::connect(socket, address->ai_addr, address->ai_addrlen) == 0) return socket;
    problem = system_error(bound ? "connect" : "bind");
    ::close(socket);
  }
  return problem;
}

}  // namespace sockchat::wirecat
