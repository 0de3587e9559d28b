// The server as a whole: builds the parts, wires them, and stops them in order. Loop thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/configuration.h"
#include "server/credentials_importer.h"
#include "server/hashing_pool.h"
#include "server/link_adapter.h"
#include "server/log.h"
#include "server/log_journal.h"
#include "server/options.h"
#include "server/service_notices.h"
#include "server/token_source.h"
#include "sockchat/base/result.h"
#include "sockchat/base/worker_pool.h"
#include "sockchat/domain/ports.h"
#include "sockchat/net/acceptor.h"
#include "sockchat/net/connection_table.h"
#include "sockchat/net/reactor.h"
#include "sockchat/net/signals.h"
#include "sockchat/net/socket.h"
#include "sockchat/server_core/server_core.h"
#include "sockchat/storage/credentials_file.h"

namespace sockchat::server {

// What SIGHUP has found, all of it good.
struct Reloaded {
  Change change;
  std::unique_ptr<net::TlsContext> tls;  // null: that is not to change
};

class Server final : private net::TurnParticipant {
 public:
  Server(Configuration configuration, ServiceEnvironment environment);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() override;

  // Builds everything that can fail before anybody is served. Fails with the one line for the operator.
  Result<void> open();
  // Serves until a signal or a failure ends it; the exit code. Its line stands in failure() unless that is 0.
  int run();
  [[nodiscard]] const std::string& failure() const { return failure_; }

 private:
  Result<void> open_process();
  Result<void> open_store();
  Result<void> read_accounts();
  void compose(std::unique_ptr<net::TlsContext> tls);
  Result<void> begin_serving();
  void on_signal(int signal);
  void reload();
  void take(Reloaded reloaded);
  void begin_stop(int signal);
  void await_end();
  void trouble(const Error& error);
  void end(int code, std::string failure);

  // TurnParticipant: an orderly stop is over when nobody is connected and nothing is under way.
  void revisit() override {}
  void flush() override {}
  void settle() override;
  [[nodiscard]] bool has_revisits() const override { return false; }

  Configuration configuration_;
  const ServiceEnvironment environment_;
  ServeOptions options_;  // what it says, and what the machine allows
  int exit_code_ = 0;
  std::string failure_;
  bool stopping_ = false;
  TimePoint next_trouble_ = TimePoint::min();
  std::vector<storage::Credential> credentials_;
  // Warnings that wait until the start has succeeded: one that fails is told in a single line.
  std::vector<std::string> remarks_;

  // Destroyed in reverse: first nothing new comes in, then the core goes, the store finishes, and the loop is
  // last.
  std::unique_ptr<net::Reactor> reactor_;
  std::unique_ptr<net::SignalSource> signals_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<ServiceNotices> notices_;
  std::unique_ptr<HashingPool> hashing_;
  TokenSource token_source_;
  std::unique_ptr<domain::Store> store_;
  std::unique_ptr<LinkAdapter> links_;
  std::unique_ptr<LogJournal> journal_;
  std::unique_ptr<net::ConnectionTable> connections_;
  std::unique_ptr<server_core::ServerCore> core_;
  std::unique_ptr<CredentialsImporter> importer_;
  // Bound by open(), so that a port in use is found early; serving takes it over.
  std::optional<net::Listener> listener_;
  std::unique_ptr<net::Acceptor> acceptor_;
  std::unique_ptr<WorkerPool> file_worker_;  // reads what SIGHUP wants read
};

}  // namespace sockchat::server
