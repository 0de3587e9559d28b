// Rates that delay: a request over its rate is served, and its connection is not read again until the debt is
// paid.
#pragma once

#include "server_core/core.h"

namespace sockchat::server_core {

void charge(Context& context);

}  // namespace sockchat::server_core
