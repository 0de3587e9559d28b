// What a client remembers of an account from run to run: messages that the server has not answered yet, how
// far its messages were shown, the token by which it comes back without a password, and the keys of the
// people that it has had private chats with. A port: the program keeps it in a file, tests in variables.
//
// Asynchronous. Completions are told on the thread of the caller, in the order of the calls, never inside
// one; they may be dropped when the memory dies.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sockchat/base/result.h"
#include "sockchat/base/secret.h"
#include "sockchat/base/task.h"
#include "sockchat/client_core/outbox.h"
#include "sockchat/client_core/server_trust.h"
#include "sockchat/client_core/shown_log.h"

namespace sockchat::client_core {

struct Person {
  std::string name;
  KeyPin key;

  bool operator==(const Person&) const = default;
};

struct Remembered {
  std::vector<OutboxEntry> outbox = {};  // oldest first
  ShownMark shown = {};
  std::optional<Secret> token = std::nullopt;
  std::vector<Person> people = {};
};

struct Opened {
  // None: nothing can be remembered, and the client goes on without.
  std::optional<Remembered> remembered = std::nullopt;
  std::string warning = {};  // for the user; empty: nothing that he could do something about
};

class ClientMemory {
 public:
  using Done = Completion<Result<void>>;

  virtual ~ClientMemory() = default;

  // The account that all other calls are about; the one before is closed. An account of which nothing is
  // known yet is empty, and leaves no trace until something is kept.
  virtual void open(std::string_view user, Completion<Opened> done) = 0;

  // All of these are durable when they are told. After the first that fails the memory is not to be used any
  // more; busy: because another client of the account uses it, which is no news to anybody.
  virtual void keep(const OutboxEntry& entry, Done done) = 0;
  // Nobody waits for this one: a message that is sent once too often is stored once.
  virtual void forget(std::string_view cid) = 0;
  virtual void keep_shown(const ShownMark& mark, Done done) = 0;
  // None: there is none any more.
  virtual void keep_token(std::optional<Secret> token, Done done) = 0;
  // In place of the key that was known, if any.
  virtual void keep_person(std::string_view name, const KeyPin& key, Done done) = 0;
};

}  // namespace sockchat::client_core
