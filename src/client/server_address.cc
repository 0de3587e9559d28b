#include "client/server_address.h"

#include <fmt/format.h>
#include <netdb.h>

#include <memory>

namespace sockchat::client {

std::string server_label(std::string_view host, std::uint16_t port) {
  const bool literal_ipv6 = host.find(':') != std::string_view::npos;
  return literal_ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

Result<std::vector<net::SocketAddress>> find_server(const std::string& host, std::uint16_t port) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  // Always this machine, also where no file and no resolver says so (RFC 6761); no name means just that.
  const char* const node = host == "localhost" ? nullptr : host.c_str();
  const int problem = ::getaddrinfo(node, fmt::to_string(port).c_str(), &hints, &found);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  if (problem != 0) {
    return fail(Errc::system, fmt::format("Error. Cannot connect to {}: {}", server_label(host, port),
                                          ::gai_strerror(problem)));
  }
  std::vector<net::SocketAddress> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    addresses.emplace_back(each->ai_addr, each->ai_addrlen);
  }
  return addresses;
}

}  // namespace sockchat::client
