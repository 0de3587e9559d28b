#include "client/invitation.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace sockchat::client {
namespace {

constexpr auto kNone = std::string_view::npos;

tl::unexpected<Error> wrong(std::string_view text, std::string_view why) {
  return fail(Errc::bad_argument, fmt::format("'{}': {}", text, why));
}

// An address that stands without brackets has colons of its own, and so no port.
bool is_bare_ipv6(std::string_view text) { return std::ranges::count(text, ':') > 1; }

}  // namespace

std::optional<std::uint16_t> to_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, port);
  if (problem != std::errc() || rest != end || port == 0) return std::nullopt;
  return port;
}

Result<ServerName> parse_server_name(std::string_view text) {
  std::string_view host = text;
  std::optional<std::string_view> port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == kNone) return wrong(text, "the ']' behind the address is missing");
    host = text.substr(1, end - 1);
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && rest.front() != ':')
      return wrong(text, "behind ']' there is a ':' and the port, or nothing");
    if (!rest.empty()) port = rest.substr(1);
  } else if (const std::size_t colon = text.find(':'); colon != kNone && !is_bare_ipv6(text)) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  if (host.empty()) return wrong(text, "the host is missing");
  if (!port) return ServerName{std::string(host)};
  const auto number = to_port(*port);
  if (!number) return wrong(text, fmt::format("'{}' is not a port from 1 to 65535", *port));
  return ServerName{std::string(host), number};
}

Result<Invitation> parse_invitation(std::string_view text) {
  const std::size_t mark = text.find('#');
  if (mark == kNone) return wrong(text, "an invitation has the pin of the server's key behind a '#'");
  auto name = parse_server_name(text.substr(0, mark));
  if (!name) return tl::unexpected(name.error());
  if (!name->port) return wrong(text, "the port is missing");
  auto pin = client_core::KeyPin::parse(text.substr(mark + 1));
  if (!pin) return wrong(text, "what is behind the '#' is not a pin of 64 hex digits");
  return Invitation{std::move(name->host), *name->port, *std::move(pin)};
}

}  // namespace sockchat::client
