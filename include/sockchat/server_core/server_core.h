// The messenger itself, without a descriptor, a thread, a clock, a random source or a log: a function from
// what happens (opened, frame, written, closed, a completion, a tick) to frames to send, connections to close
// and calls of the store. One thread. The same order of calls gives the same output, which is what the
// simulator lives on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sockchat/base/counters.h"
#include "sockchat/base/limits.h"
#include "sockchat/base/result.h"
#include "sockchat/base/task.h"
#include "sockchat/base/time.h"
#include "sockchat/domain/ports.h"
#include "sockchat/server_core/journal.h"
#include "sockchat/server_core/links.h"

namespace sockchat::server_core {

struct Config {
  Limits limits;
  Duration block_duration{};  // how long a name stays shut after wrong passwords
  Duration idle_timeout{};
  bool registration_open = false;
  bool presence_history = false;  // whoelsesince also counts the logins of earlier runs
};

// Its surroundings. All must outlive the core.
struct Ports {
  domain::Store& store;
  domain::PasswordHasher& hasher;
  domain::TokenSource& token_source;
  const Clock& clock;
  Links& links;
  Journal& journal;
};

struct Core;

class ServerCore final {
 public:
  ServerCore(Config config, Ports ports);
  ServerCore(const ServerCore&) = delete;
  ServerCore& operator=(const ServerCore&) = delete;
  ~ServerCore();

  // Loads what the store has. Connections may be opened once `ready` was told success.
  void start(Completion<Result<void>> ready);

  // --- import of accounts: names first, hashes as they come. A login for an announced name waits for its
  // hash. True for a name that the directory has never had.
  [[nodiscard]] bool needs_import(const domain::UserName& name) const;
  void announce_imports(std::span<const domain::UserName> names);
  // `stored` when the account is durable, or it failed.
  void import_account(domain::UserName name, std::string password_hash, Completion<Result<void>> stored);
  // No more will come: whoever waits for an announced name goes on.
  void end_imports();

  // --- connections
  void on_open(ConnectionId id, std::string address);
  // One JSON text with 64 readable bytes behind it. False: offer no further frame until Links::release().
  [[nodiscard]] bool on_frame(ConnectionId id, std::span<char> json);
  // The length prefix was 0 or too large: answered, then closed.
  void on_bad_frame(ConnectionId id);
  // Clear text is not accepted from this address: answered, then closed.
  void on_plaintext_refused(ConnectionId id);
  // The peer has finished sending: a logout; what was asked before is still answered.
  void on_eof(ConnectionId id);
  // Output that the kernel has taken since the connection's beginning.
  void on_written(ConnectionId id, std::uint64_t total);
  void on_closed(ConnectionId id, CloseReason reason);
  // The longest JSON text that this connection may send now.
  [[nodiscard]] std::size_t frame_max(ConnectionId id) const;

  // --- limits
  // One that is met outside, by a connection that may be none yet (no id), from this address: counted, and
  // noted.
  void on_limit(LimitField limit, ConnectionId id, std::string_view address);
  // Of all limits. What is not worth a note is counted by whoever meets it.
  [[nodiscard]] Counters& counters();
  // Connections without a login, but for those that the limits of addresses leave out.
  [[nodiscard]] std::size_t strangers() const;

  // --- time
  // Does what is due. To be called at next_deadline(), not necessarily before.
  void tick();
  [[nodiscard]] TimePoint next_deadline() const;

  // --- what an operator changes while everybody is there: who may register, and of `limits` the rates.
  void adjust(bool registration_open, const Limits& limits);

  // --- the end
  // Answers what is under way, tells everybody, closes every connection. Done when the last one was closed
  // and the store has nothing in flight.
  void begin_shutdown();

  [[nodiscard]] std::size_t sessions() const;
  [[nodiscard]] std::size_t connections() const;

 private:
  std::unique_ptr<Core> core_;
};

}  // namespace sockchat::server_core
