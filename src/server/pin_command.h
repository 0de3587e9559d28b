// `sockchat-server pin …`, in a process of its own.
#pragma once

#include "server/options.h"
#include "sockchat/base/result.h"

namespace sockchat::server {

// The pin of a data directory's key, or of a certificate, on stdout. The error is the one line for the
// operator.
Result<void> run_pin_command(const PinOptions& options);

}  // namespace sockchat::server
