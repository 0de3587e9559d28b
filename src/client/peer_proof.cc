#include "client/peer_proof.h"

#include <array>
#include <cstdint>

#include "sockchat/net/key_proof.h"
#include "sockchat/wire/request.h"

namespace sockchat::client {
namespace {

void append_measured(std::string& text, std::string_view part) {
  const auto size = static_cast<std::uint32_t>(part.size());
  for (const int shift : {24, 16, 8, 0}) text += static_cast<char>(size >> shift & 0xffU);
  text += part;
}

}  // namespace

std::string proof_text(const net::Transport& connection, const Proof& proof) {
  std::string text;
  append_measured(text, connection.export_secret(kProofLabel));
  for (const std::string_view part :
       {proof.session, proof.signer, proof.signer_key, proof.other, proof.other_key})
    append_measured(text, part);
  return text;
}

Result<std::string> make_proof_frame(const Secret& identity, const net::Transport& connection,
                                     const Proof& proof) {
  const auto signature = net::sign_with_identity(identity, proof_text(connection, proof));
  if (!signature) return tl::unexpected(signature.error());
  std::string frame;
  wire::append_request(frame, kProofCommand, std::array{proof.session, std::string_view(*signature)}, {}, {});
  return frame;
}

bool is_proven(const net::Transport& connection, const Proof& proof, std::string_view signature) {
  return net::is_signed_by_peer(connection.peer_key(), proof_text(connection, proof), signature);
}

}  // namespace sockchat::client
