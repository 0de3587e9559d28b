// How the program ends; `--help` lists them. Values.
#pragma once

namespace sockchat::server {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;      // one line on stderr says what
inline constexpr int kExitUsage = 2;        // the command line
inline constexpr int kExitStoreFailed = 4;  // while serving; what was acknowledged is safe, start again
inline constexpr int kExitNoMemory = 5;     // the same: at once, wherever it was

}  // namespace sockchat::server
