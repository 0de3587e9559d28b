// Where a server is, and how that is shown.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sockchat/base/result.h"
#include "sockchat/net/socket.h"

namespace sockchat::client {

// "localhost:4000", "[::1]:4000"
[[nodiscard]] std::string server_label(std::string_view host, std::uint16_t port);

// Names are looked up with getaddrinfo(3): it blocks, so this is for before the loop, where Ctrl-C still just
// kills. Errors (system) are whole sentences for the user.
[[nodiscard]] Result<std::vector<net::SocketAddress>> find_server(const std::string& host,
                                                                  std::uint16_t port);

}  // namespace sockchat::client
