#include "client/forget_server.h"

#include <fmt/format.h>

#include <iterator>

namespace sockchat::client {

EarlyExit forget_server(const ForgetServer& wanted, KnownServers& known) {
  using enum client_core::ExitCode;
  const auto forgotten = known.forget(wanted.host, wanted.port);
  if (!forgotten) return {unreachable, fmt::format("Error. {}\n", forgotten.error().text)};
  if (forgotten->empty()) return {unreachable, fmt::format("Error. Nothing is known of {}\n", wanted.label)};
  std::string lines;
  for (const auto& [name, pin] : *forgotten)
    fmt::format_to(std::back_inserter(lines), "Forgotten: {}, key {}\n", name, pin.text());
  return {done, std::move(lines)};
}

}  // namespace sockchat::client
