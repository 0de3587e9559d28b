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

// A resume token is known by its digest; the token itself stands nowhere but with its client.
using TokenDigest = std::array<std::byte, 32>;

struct TokenRecord {
  TokenDigest digest{};
  UserId user;
  LoginId family;   // the login with a password that it goes back to, over any number of resumes
  LoginId login;    // the login that it was given at
  WallTime issued;  // token_days count from here
  bool operator==(const TokenRecord&) const = default;
};

// A login on its way to the store.
struct NewLogin {
  UserId user;
  std::string address;
  WallTime time;
  // Broadcasts behind this message are for the login. None: those behind the newest one, as of the store's
  // order; a login that resumes an earlier one takes over where that began.
  std::optional<MessageId> begin;
  // The token that it is given. Without a family the login begins one, of its own id.
  std::optional<TokenDigest> token;
  LoginId family;
  std::vector<TokenDigest> drops;  // tokens that die with it
  // Messages for the user behind this one are counted, broadcasts behind `begin` too.
  std::optional<MessageId> count_after;
  WallTime count_not_before;
  std::size_t count_max = 0;
};

struct StoredLogin {
  LoginId id;
  MessageId begin;            // as asked, or the newest message at this point of the store's order
  std::uint64_t waiting = 0;  // counted, at most count_max
  // The count was given up before the end: behind what was looked at there may be more.
  bool may_wait = false;
};

// A login that has ended a little while ago, or that a crash has ended: a resume takes it up again.
struct AbsenceRecord {
  LoginId login;
  UserId user;
  MessageId begin;
  WallTime left;
};

// One login, as its owner may read it.
struct LoginRecord {
  WallTime login;
  std::optional<WallTime> logout;  // none: it goes on
  std::string reason;              // of the logout
  std::string address;
  bool operator==(const LoginRecord&) const = default;
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
  std::vector<TokenRecord> tokens;
  std::vector<AbsenceRecord> absences;  // of logins that have tokens
  MessageId newest;
};

}  // namespace sockchat::domain
