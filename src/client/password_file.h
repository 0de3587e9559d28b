// The file of --password-file.
#pragma once

#include <optional>
#include <string>

#include "sockchat/base/result.h"
#include "sockchat/base/secret.h"

namespace sockchat::client {

struct FilePassword {
  Secret password;  // the first line, without its line break
  bool exposed;     // others than the owner may read the file
};

// Error (system): a sentence for the user. No copy of the password stays behind.
[[nodiscard]] Result<FilePassword> read_password_file(const std::string& path);

// The same while the client runs, without waiting for anything: only a regular file says it again, and it may
// say something new. None: it cannot be read any more.
[[nodiscard]] std::optional<Secret> read_password_again(const std::string& path);

}  // namespace sockchat::client
