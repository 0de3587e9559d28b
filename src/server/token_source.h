// Resume tokens of the system's generator: the core's port on crypto. Quick; loop thread.
#pragma once

#include "sockchat/crypto/token.h"
#include "sockchat/domain/ports.h"

namespace sockchat::server {

class TokenSource final : public domain::TokenSource {
 public:
  [[nodiscard]] Secret fresh_token() override { return crypto::fresh_token(); }
  [[nodiscard]] domain::TokenDigest token_digest(std::string_view token) const override {
    domain::TokenDigest digest{};
    crypto::digest_token(token, digest);
    return digest;
  }
};

}  // namespace sockchat::server
