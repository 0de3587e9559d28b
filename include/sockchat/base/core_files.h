// No core file may hold a password, a key or a token, whoever asked for cores. For both programs, first
// thing.
#pragma once

namespace sockchat {

void forbid_core_files();

}  // namespace sockchat
