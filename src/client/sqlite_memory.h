// The memory of a client in files, one for each account. All work on the disk is done by a thread of its own;
// what gathers meanwhile is written in one transaction. Loop thread.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "client/memory_file.h"
#include "sockchat/base/worker_pool.h"
#include "sockchat/client_core/client_memory.h"

namespace sockchat::client {

class SqliteMemory final : public client_core::ClientMemory {
 public:
  // `state` is the folder of all servers (memory_path.h); none: nothing can be remembered, and opening says
  // so. `loop` runs the completions, and must run none of them after the memory is gone.
  SqliteMemory(Executor& loop, std::optional<std::string> state, std::string_view server);
  SqliteMemory(const SqliteMemory&) = delete;
  SqliteMemory& operator=(const SqliteMemory&) = delete;
  // Writes what was asked for.
  ~SqliteMemory() override;

  void open(std::string_view user, Completion<client_core::Opened> done) override;
  void keep(const client_core::OutboxEntry& entry, Done done) override;
  void forget(std::string_view cid) override;
  void keep_shown(const client_core::ShownMark& mark, Done done) override;
  void keep_token(std::optional<Secret> token, Done done) override;
  void keep_person(std::string_view name, const client_core::KeyPin& key, Done done) override;

 private:
  struct Opening {
    std::string user;
    Completion<client_core::Opened> done;
  };
  struct Change {
    MemoryChange change;
    Done done;
  };
  using Order = std::variant<Opening, Change>;
  using Tasks = std::vector<Task>;

  void submit(Order order);
  void start();
  // On the worker.
  [[nodiscard]] Tasks work();
  [[nodiscard]] client_core::Opened open_file(const std::string& user);
  void apply(std::vector<MemoryChange>& changes, std::vector<Done>& waiting, Tasks& told);

  Executor& loop_;
  const std::optional<std::string> state_;
  const std::string server_;
  std::mutex mutex_;
  std::vector<Order> orders_;         // bounded by the client: its outbox, its chats, one of each other kind
  bool working_ = false;              // loop thread: the worker has what there is
  std::unique_ptr<MemoryFile> file_;  // the worker's
  std::optional<WorkerPool> worker_;
};

}  // namespace sockchat::client
