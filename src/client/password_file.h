// The file of --password-file.
#pragma once

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

}  // namespace sockchat::client
