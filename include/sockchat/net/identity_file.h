// The file that holds a key and its certificate (tls_identity.h), mode 0600: a server's own, or a person's.
// Whoever has spoken to its owner remembers this key, so that it is made once and never replaced. Blocks: not
// for a loop thread that serves.
#pragma once

#include <chrono>
#include <string>

#include "sockchat/base/result.h"
#include "sockchat/base/secret.h"
#include "sockchat/base/time.h"

namespace sockchat::net {

// Fails when there is none (system), or when it is damaged (bad_argument). The error is one line with the
// path.
[[nodiscard]] Result<Secret> read_identity_file(const std::string& path);

// As read_identity_file(), and makes it where there is none yet, in a directory that exists. It is there
// whole or not at all, also after a power cut: while it is made it stands at `path`.new. However many
// processes do so at once, one makes it and all end with the same. Fails (system) when it cannot be made, or
// when somebody else takes longer than `patience` to make it.
[[nodiscard]] Result<Secret> open_identity_file(const std::string& path,
                                                Duration patience = std::chrono::seconds(5));

}  // namespace sockchat::net
