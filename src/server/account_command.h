// `sockchat-server account …`: the operator's work on a data directory, in a process of its own.
#pragma once

#include "server/options.h"
#include "sockchat/base/result.h"

namespace sockchat::server {

// Passwords come from stdin, the list goes to stdout, everything else to stderr. Blocks. The error is the one
// line for the operator.
Result<void> run_account_command(const AccountOptions& options);

}  // namespace sockchat::server
