// The files with keys: those that the operator names, and the server's own identity in the data directory.
// They block: not for the loop thread once it serves.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "server/options.h"
#include "sockchat/base/result.h"
#include "sockchat/base/secret.h"
#include "sockchat/net/tls_context.h"

namespace sockchat::server {

// The name of the own identity in a data directory: key and certificate, mode 0600.
inline constexpr std::string_view kIdentityFile = "identity.pem";

// What to serve with: the files of the options, or else the own identity, which is made where there is none
// yet and only remembered with --store memory. The error is the one line for the operator.
[[nodiscard]] Result<std::unique_ptr<net::TlsContext>> load_tls(const ServeOptions& options);

// A file that holds a key and that others may read; empty when there is none.
[[nodiscard]] std::string exposed_key(const ServeOptions& options);

// A file of PEM, whole. Fails when it cannot be read, or is too large to be one.
[[nodiscard]] Result<Secret> read_pem(const std::string& path);

// Reads the identity of a data directory that exists. Fails when there is none, or it is damaged.
[[nodiscard]] Result<Secret> read_identity(const std::string& directory);

// `host:port#pin`, which is all that a client needs. The host is the address that is listened on, or the name
// of this machine.
[[nodiscard]] std::string invitation(const std::string& bind, std::uint16_t port, std::string_view pin);

}  // namespace sockchat::server
