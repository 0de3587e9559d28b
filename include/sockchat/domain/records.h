// What is stored, as values. Storage knows how; the rest of the server knows only these.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sockchat/base/ids.h"
#include "sockchat/base/time.h"
#include "sockchat/domain/user_name.h"

namespace sockchat::domain {

struct Account {
  UserId id;
  UserName name;
  std::string password_hash;  // Argon2id, in libsodium's string form
  bool removed = false;       // a removed name is not imported again, and its id stays taken
  MessageId confirmed;        // everything for this user up to here was confirmed (the durable cursor)
  std::optional<WallTime> last_login;
  std::uint32_t failures_since = 0;  // wrong passwords since then
};

// To one user, or to all: `to` is none for a broadcast.
struct NewMessage {
  UserId from;
  UserId to;
  std::string text;
  std::string cid;  // empty: none
  WallTime time;
  bool operator==(const NewMessage&) const = default;
};

struct Message {
  MessageId id;
  UserId from;
  UserId to;
  std::string text;
  WallTime time;
  bool operator==(const Message&) const = default;
};

// The answer to an append. `repeated`: this cid was accepted before, with the same content; nothing was
// stored.
struct Accepted {
  MessageId id;
  WallTime time;
  bool repeated = false;
};

// A name's digest: lock-outs are kept for unknown names too, and people type passwords into the name prompt.
using NameDigest = std::array<std::byte, 16>;

struct LockoutRecord {
  NameDigest name{};
  std::uint32_t failures = 0;  // consecutive; 0 together with no lock: the record may go
  std::optional<WallTime> locked_until;
  bool operator==(const LockoutRecord&) const = default;
};

struct BlockRecord {
  UserId owner;   // who refuses
  UserId target;  // who is refused
  bool operator==(const BlockRecord&) const = default;
};

// A message that waits for its recipient, without its text.
struct WaitingRecord {
  UserId user;
  MessageId message;
  std::uint32_t bytes = 0;
  WallTime time;
};

struct LogoutRecord {
  UserId user;
  WallTime time;
};

// Everything that the core keeps in memory, as it is at the start.
struct Snapshot {
  std::vector<Account> accounts;  // removed ones too
  std::vector<BlockRecord> blocks;
  std::vector<LockoutRecord> lockouts;
  std::vector<WaitingRecord> waiting;  // for each user in the order of acceptance
  std::vector<LogoutRecord> logouts;   // the last one of each user, from stored logins
  MessageId newest;
};

}  // namespace sockchat::domain
