// What `--help` and a refused command line say, but for the lists of options. Values.
#pragma once

#include <string_view>

namespace sockchat::server {

inline constexpr std::string_view kUsage =
    "usage: sockchat-server <server_port> <block_duration> <timeout> [options]\n"
    "       sockchat-server --config FILE [options]\n"
    "       sockchat-server account add|remove|passwd|list|import|unlock [NAME|FILE] [options]\n"
    "       sockchat-server backup --to FILE [--data DIR]\n"
    "       sockchat-server restore --from FILE [--data DIR] | --check FILE\n"
    "       sockchat-server pin [--data DIR | --tls-cert FILE]\n"
    "       sockchat-server --help\n";

inline constexpr std::string_view kServeFooter =
    R"(Examples:
  sockchat-server 4000 60 600
      Serve on port 4000: three wrong passwords shut a name for 60 seconds, and 600 seconds without
      activity log a user out. Accounts come from ./credentials.txt, everything is kept in ./sockchat-data.
  sockchat-server 0 60 600 --port-file /run/sockchat/port --data /var/lib/sockchat --limit text_max=4KiB
      Serve on a free port, which is written to the file once the server answers.
  sockchat-server 4000 60 600 --print-config >sockchat.toml
  sockchat-server --config sockchat.toml
      Serve with what stands in a file. SIGHUP reads it again: all of it is taken, or nothing.

Accounts are managed by `sockchat-server account --help`, also while the server runs, and so is `sockchat-server
backup --help`; `sockchat-server restore --help` puts a backup in place.
SIGTERM and SIGINT stop the server in order; a second one ends it at once.

Exit codes:
  0  stopped in order
  1  could not start or go on, which one line on stderr explains; or ended by a second signal
  2  wrong usage
  4  the store failed while serving; nothing that was acknowledged is lost, start it again
  5  out of memory; nothing that was acknowledged is lost, start it again
)";

inline constexpr std::string_view kAccountFooter =
    R"(Passwords come from the standard input: one line, without echo on a terminal.

Examples:
  sockchat-server account add hans --data /var/lib/sockchat
  sockchat-server account list

Exit codes:
  0  done
  1  not done: one line on stderr says why
  2  wrong usage
  5  not done: out of memory
)";

inline constexpr std::string_view kBackupFooter =
    R"(The file appears when it is whole: everything that was acknowledged before, read back and checked. It holds
what the accounts' owners wrote and the hashes of their passwords: keep it as well as the data directory.

Examples:
  sockchat-server backup --to /backup/sockchat.db --data /var/lib/sockchat

Exit codes:
  0  done, and what it holds stands on stdout
  1  not done; or done, and rows were damaged before: stderr says which
  2  wrong usage
)";

inline constexpr std::string_view kRestoreFooter =
    R"(The data directory must be new, or empty. Its server must not run.

Examples:
  sockchat-server restore --check /backup/sockchat.db
      Only looks: every row of it, and whether it is as it was written.
  sockchat-server restore --from /backup/sockchat.db --data /var/lib/sockchat

Exit codes:
  0  done, and what it holds stands on stdout
  1  not done, or damaged: one line on stderr says what
  2  wrong usage
)";

inline constexpr std::string_view kPinFooter =
    R"(The key is made when a server first serves from the data directory. A pin is the SHA-256 of the key's
SubjectPublicKeyInfo in hexadecimal; `sockchat --pin HEX` trusts exactly this key.

Examples:
  sockchat-server pin --data /var/lib/sockchat

Exit codes:
  0  done
  1  not done: one line on stderr says why
  2  wrong usage
)";

}  // namespace sockchat::server
