// After an undisturbed restart: is everything there that was promised, and nothing that was not?
#pragma once

#include <string>
#include <vector>

#include "faults/server_run.h"
#include "faults/session.h"

namespace sockchat::faults {

// Starts a server on `directory`, without failures, and asks it; what is not as the ledger says, a line each.
[[nodiscard]] std::vector<std::string> judge_after_restart(const Programs& programs,
                                                           const std::string& directory,
                                                           const Ledger& ledger);
// Of a data directory without a server. Nothing when all is well.
[[nodiscard]] std::vector<std::string> judge_integrity(const std::string& directory);

}  // namespace sockchat::faults
