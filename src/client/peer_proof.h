// The first frame on each side of a private connection: {"command":"proof","data":[session, signature]}. Its
// signature ties the connection to the chat that the server has introduced, so that a conversation that was
// recorded, or one that was opened for another chat, fits nowhere else. Pure but for the key; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "sockchat/base/result.h"
#include "sockchat/base/secret.h"
#include "sockchat/client_core/server_trust.h"
#include "sockchat/net/transport.h"

namespace sockchat::client {

// As RFC 8446, 7.5, calls what names its use.
inline constexpr std::string_view kProofLabel = "EXPORTER-sockchat-private-proof";
inline constexpr std::size_t kProofFrameMax = 1024;
inline constexpr std::string_view kProofCommand = "proof";

// Who proves what to whom.
struct Proof {
  std::string_view session;
  std::string_view signer;
  std::string_view signer_key;  // the pin
  std::string_view other;
  std::string_view other_key;
};

// What is signed: the connection's secret, then the five of them in their order, each behind its length in
// four big-endian bytes.
[[nodiscard]] std::string proof_text(const net::Transport& connection, const Proof& proof);

// The whole frame. Fails as net::sign_with_identity() does.
[[nodiscard]] Result<std::string> make_proof_frame(const Secret& identity, const net::Transport& connection,
                                                   const Proof& proof);

// Whether `signature` is that of the peer at the other end of `connection`.
[[nodiscard]] bool is_proven(const net::Transport& connection, const Proof& proof,
                             std::string_view signature);

}  // namespace sockchat::client
