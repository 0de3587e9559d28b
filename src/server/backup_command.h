// `sockchat-server backup …` and `sockchat-server restore …`, each in a process of its own.
#pragma once

#include "server/options.h"
#include "sockchat/base/result.h"

namespace sockchat::server {

// What the file holds goes to stdout, what takes longer than a second tells stderr how far it is. Both block.
// The error is the one line for the operator.
Result<void> run_backup_command(const BackupOptions& options);
Result<void> run_restore_command(const RestoreOptions& options);

}  // namespace sockchat::server
