#include "sockchat/crypto/library_version.h"

#include <sodium/version.h>

namespace sockchat::crypto {

std::string_view sodium_version() { return sodium_version_string(); }

}  // namespace sockchat::crypto
