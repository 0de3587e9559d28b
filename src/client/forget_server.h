// `sockchat forget-server`: the way out when a server's key has changed for a good reason. Waits for the
// disk.
#pragma once

#include "client/known_servers.h"
#include "client/options.h"

namespace sockchat::client {

// What there is to say in the end: which servers were forgotten; unreachable when nothing was known, or when
// the file cannot be used.
[[nodiscard]] EarlyExit forget_server(const ForgetServer& wanted, KnownServers& known);

}  // namespace sockchat::client
