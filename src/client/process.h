// What the process asks of its machine.
#pragma once

namespace sockchat::client {

// No core file may hold a password, whoever asked for cores.
void forbid_core_files();

}  // namespace sockchat::client
