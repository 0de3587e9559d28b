// Statements that are signed with a person's own key (tls_identity.h). What is signed begins with a line that
// no other use of the key signs, so that a statement is never taken for a part of a handshake, nor the other
// way round. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "sockchat/base/result.h"
#include "sockchat/base/secret.h"

namespace sockchat::net {

// The Ed25519 signature (RFC 8032) of "sockchat key proof\n" and `message` behind it, in 128 lower-case hex
// digits. `identity` is what make_tls_identity() makes. Fails (bad_argument) when there is no Ed25519 key in
// it.
[[nodiscard]] Result<std::string> sign_with_identity(const Secret& identity, std::string_view message);

// Whether `signature` is such a one, by the holder of `peer_key`, which is as Transport::peer_key() has it.
// Whatever is malformed, and every kind of key but Ed25519, is no.
[[nodiscard]] bool is_signed_by_peer(std::string_view peer_key, std::string_view message,
                                     std::string_view signature);

}  // namespace sockchat::net
