// Lets the client through to servers whose key is accepted: by what was given, by what is remembered, or by
// what the user says. What was accepted once in this run is what every later connection must show, whatever
// happens to the file meanwhile. Loop thread; waits for the disk at a first contact, before there is anything
// else to do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/known_servers.h"
#include "sockchat/client_core/server_trust.h"

namespace sockchat::client {

struct Passage {
  enum class Kind : std::uint8_t {
    open,
    asking,  // answer() decides, however long that takes
    shut,
  };
  Kind kind = Kind::shut;
  std::vector<std::string> lines = {};  // for the user
};

class ServerGate final {
 public:
  // `name` as of known_name().
  ServerGate(client_core::TrustPolicy policy, std::string name, KnownServers known)
      : policy_(std::move(policy)), name_(std::move(name)), known_(std::move(known)) {}

  // Of a new connection. A key that cannot be looked up is refused; one that is accepted and cannot be
  // remembered is accepted for this run, with a word about it.
  [[nodiscard]] Passage examine(const client_core::KeyPin& presented, bool is_loopback);

  // Only while asking. kTrustYes opens the gate for the key that was asked about, kTrustNo shuts it, and
  // everything else is asked again.
  [[nodiscard]] Passage answer(std::string_view line);

 private:
  Passage accept_and_remember(const client_core::KeyPin& key, std::vector<std::string> lines);

  const client_core::TrustPolicy policy_;
  const std::string name_;
  KnownServers known_;
  std::optional<client_core::KeyPin> accepted_;
  std::optional<client_core::KeyPin> asked_;
};

}  // namespace sockchat::client
