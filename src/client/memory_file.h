// The file in which a client remembers one account. Whoever writes it is its only user: a lock beside it says
// so. Nothing is made before there is something to keep. One thread at a time; every call waits for the disk.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "sockchat/base/result.h"
#include "sockchat/client_core/client_memory.h"
#include "sockchat/net/unique_fd.h"
#include "sockchat/sqlite/database.h"

namespace sockchat::client {

struct KeepEntry {
  client_core::OutboxEntry entry;
};
struct ForgetEntry {
  std::string cid;
};
struct KeepShown {
  client_core::ShownMark mark;
};
struct KeepToken {
  std::optional<Secret> token;
};
struct KeepPerson {
  client_core::Person person;
};
using MemoryChange = std::variant<KeepEntry, ForgetEntry, KeepShown, KeepToken, KeepPerson>;

class MemoryFile final {
 public:
  // `folder` is that of the server, in the state folder; `name` that of the account without its ending.
  MemoryFile(std::string folder, std::string name);
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile();

  // Once, and first. A file that is not what we wrote is renamed to *.damaged, with a warning, and a new one
  // begins. busy: another client uses it; system: it cannot be used, and why.
  Result<client_core::Opened> open();

  // All of them or none, in one transaction. Messages, tokens and keys survive a power cut, everything
  // survives the end of the process. Makes the file when there is none yet. Errors as of open(); storage: not
  // written.
  Result<void> apply(std::span<const MemoryChange> changes);

 private:
  struct Tables;
  enum class Missing : bool { made, left };

  [[nodiscard]] std::string path() const { return folder_ + "/" + name_ + ".db"; }
  Result<void> make_file() const;
  Result<void> lock();
  Result<bool> connect(Missing missing);
  Result<void> prepare();
  Result<client_core::Remembered> read();
  Result<void> read_people(client_core::Remembered& remembered);
  Result<void> set_aside();
  Result<void> write(const MemoryChange& change);
  Result<void> write_mark();
  void close();

  const std::string folder_;
  const std::string name_;
  net::UniqueFd lock_;
  std::unique_ptr<sqlite::Database> database_;
  std::unique_ptr<Tables> tables_;
  // As in the file: they share a row.
  client_core::ShownMark shown_;
  Secret token_;  // empty: none
};

}  // namespace sockchat::client
