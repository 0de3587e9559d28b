// How people write where a server is: `chat.example:4000`, `[::1]:4000`, and the line with which a server
// invites, `chat.example:4000#pin`. Values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sockchat/base/result.h"
#include "sockchat/client_core/server_trust.h"

namespace sockchat::client {

struct ServerName {
  std::string host;  // an IPv6 address without its brackets
  std::optional<std::uint16_t> port = std::nullopt;

  bool operator==(const ServerName&) const = default;
};

struct Invitation {
  std::string host;
  std::uint16_t port = 0;
  client_core::KeyPin pin;

  bool operator==(const Invitation&) const = default;
};

// A whole number from 1 to 65535, in digits.
[[nodiscard]] std::optional<std::uint16_t> to_port(std::string_view text);

// HOST or HOST:PORT; an IPv6 address needs brackets in front of a port. bad_argument: what is wrong with it.
[[nodiscard]] Result<ServerName> parse_server_name(std::string_view text);

// HOST:PORT#PIN. bad_argument: what is wrong with it.
[[nodiscard]] Result<Invitation> parse_invitation(std::string_view text);

}  // namespace sockchat::client
