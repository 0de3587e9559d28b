// credentials.txt: a user a line, name, one space, password. LF or CRLF, last newline or none, blank lines
// allowed. Printable ASCII but the space. Read, never written.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sockchat/base/result.h"
#include "sockchat/base/secret.h"
#include "sockchat/domain/user_name.h"

namespace sockchat::storage {

struct Credential {
  domain::UserName name;
  Secret password;
};

struct CredentialsFile {
  std::vector<Credential> users;    // in the file's order
  bool readable_by_others = false;  // worth a warning
};

// bad_argument with the line's number and what is wrong with it (malformed, a name twice, too long); system
// when the file cannot be read. The error never contains a password.
[[nodiscard]] Result<CredentialsFile> read_credentials(const std::string& path, std::size_t name_max,
                                                       std::size_t password_max);
// The text alone, for tests and fuzzing.
[[nodiscard]] Result<std::vector<Credential>> parse_credentials(std::string_view text, std::size_t name_max,
                                                                std::size_t password_max);

}  // namespace sockchat::storage
