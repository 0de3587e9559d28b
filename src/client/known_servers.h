// The keys of the servers that the user trusts, in the file `known_servers` of the client's state folder: a
// line for each server, `host:port pin`. What is not such a line is never passed over: a damaged file makes
// every call fail, with its number, until somebody has mended it. Several clients may use the file at once.
//
// One thread at a time; every call waits for the disk, and the last two for other clients too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sockchat/base/result.h"
#include "sockchat/base/time.h"
#include "sockchat/client_core/server_trust.h"
#include "sockchat/net/unique_fd.h"

namespace sockchat::client {

struct KnownServer {
  std::string name;  // known_name()
  client_core::KeyPin pin;

  bool operator==(const KnownServer&) const = default;
};

// Under which a server is known: "chat.example:4000", however its name was written. Letters are lower case,
// and numeric addresses have one spelling.
[[nodiscard]] std::string known_name(std::string_view host, std::uint16_t port);

class KnownServers final {
 public:
  // The file of those who know a thousand servers has a tenth of that.
  static constexpr std::size_t kBytesMax = std::size_t{1024} * 1024;

  // Who has the lock writes a small file, and syncs it.
  static constexpr Duration kPatience = std::chrono::seconds(5);

  // `folder` as of state_folder(); none: nothing is known, and nothing can be remembered. `patience`: with
  // those who have the lock.
  explicit KnownServers(std::optional<std::string> folder, Duration patience = kPatience)
      : folder_(std::move(folder)), patience_(patience) {}

  // None: never seen. corrupt: the file is damaged, and where; system: it cannot be read, and why.
  Result<std::optional<client_core::KeyPin>> find(std::string_view name) const;

  // Durable when it returns. The key by which the server is known now: another one than `pin` when somebody
  // was faster, and then that one stays. Errors as of find(), and system: it cannot be written, and why.
  Result<client_core::KeyPin> remember(std::string_view name, const client_core::KeyPin& pin);

  // All ports of the host, or one. Durable when it returns; what was forgotten, empty when nothing was known.
  Result<std::vector<KnownServer>> forget(std::string_view host, std::optional<std::uint16_t> port);

 private:
  [[nodiscard]] std::string path() const { return *folder_ + "/known_servers"; }
  Result<net::UniqueFd> lock() const;
  Result<std::vector<KnownServer>> read() const;
  Result<void> write(const std::vector<KnownServer>& servers) const;

  std::optional<std::string> folder_;
  Duration patience_;
};

}  // namespace sockchat::client
