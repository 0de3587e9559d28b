// Which addresses the client may talk to.
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
// kills. The client speaks clear text: any address that is not of this machine is refused unless `clear_text`
// allows it. Errors (system) are whole sentences for the user.
[[nodiscard]] Result<std::vector<net::SocketAddress>> find_server(const std::string& host, std::uint16_t port,
                                                                  bool clear_text);

}  // namespace sockchat::client
