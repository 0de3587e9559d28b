#include "server/server.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <utility>

#include "server/exit_code.h"
#include "server/process.h"
#include "server/tls_files.h"
#include "sockchat/crypto/password_hash.h"
#include "sockchat/net/socket.h"
#include "sockchat/storage/memory_store.h"
#include "sockchat/storage/sqlite_store.h"

namespace sockchat::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kCredentialsDefault = "credentials.txt";
// For the log, the store, the listener and the like.
constexpr std::size_t kOwnDescriptors = 64;
constexpr auto kLingerMax = seconds(2);
// While stopping: the store counts down without an event of ours.
constexpr auto kStopPoll = milliseconds(10);

net::ConnectionLimits connection_limits(const Limits& limits) {
  return {
      .turn_bytes = limits.turn_bytes,
      .send_queue_soft = limits.send_queue_soft,
      .send_queue_hard = limits.send_queue_hard,
      .send_stall = limits.send_stall_seconds,
      // A peer that keeps its side open must not use up the time of an orderly stop.
      .linger = std::min<Duration>(kLingerMax, limits.shutdown_seconds / 2),
      .send_memory_max = limits.send_memory_max,
  };
}

// As a whole, or not at all.
Result<Reloaded> read_anew(const Configuration& configuration) {
  auto change = configuration.read_again();
  if (!change) return tl::unexpected(change.error());
  Reloaded reloaded{*std::move(change), nullptr};
  const std::string& before = configuration.options().tls_certificate;
  // An identity of our own does not change while we have the directory.
  if (before.empty() && reloaded.change.options.tls_certificate.empty()) return reloaded;
  auto tls = load_tls(reloaded.change.options);
  if (!tls) return tl::unexpected(tls.error());
  reloaded.tls = *std::move(tls);
  return reloaded;
}

}  // namespace

Server::Server(Configuration configuration, ServiceEnvironment environment)
    : configuration_(std::move(configuration)),
      environment_(environment),
      options_(configuration_.options()) {}

Server::~Server() {
  if (reactor_) reactor_->leave_turn(*this);
}

Result<void> Server::open() {
  if (auto opened = open_process(); !opened) return opened;
  if (auto read = read_accounts(); !read) return read;
  if (auto opened = open_store(); !opened) return opened;
  // Behind the store, which makes the data directory and has it alone.
  auto tls = load_tls(options_);
  if (!tls) return tl::unexpected(tls.error());
  if (const std::string exposed = exposed_key(options_); !exposed.empty())
    remarks_.push_back(fmt::format("{} holds the server's key, and others can read it", exposed));
  auto listener = net::listen_on(options_.bind, options_.port, options_.limits.send_buffer);
  if (!listener) return tl::unexpected(listener.error());
  listener_ = *std::move(listener);
  compose(*std::move(tls));
  return {};
}

Result<void> Server::open_process() {
  const auto descriptors = raise_descriptor_limit();
  if (!descriptors) return tl::unexpected(descriptors.error());
  if (auto started = crypto::start(); !started) return started;
  auto reactor = net::Reactor::create();
  if (!reactor) return tl::unexpected(reactor.error());
  reactor_ = *std::move(reactor);
  // Before the first thread, which inherits what is blocked.
  auto signals = net::SignalSource::create(*reactor_, {SIGTERM, SIGINT, SIGHUP},
                                           [this](int signal) { on_signal(signal); });
  if (!signals) return tl::unexpected(signals.error());
  signals_ = *std::move(signals);
  log_ = std::make_unique<Log>(options_.log_level);
  notices_ = std::make_unique<ServiceNotices>(*reactor_, environment_);
  if (!notices_->remark().empty()) remarks_.push_back(notices_->remark());
  file_worker_ = std::make_unique<WorkerPool>(1, 1, *reactor_);

  std::size_t& connections_max = options_.limits.connections_max;
  const std::size_t possible = *descriptors > kOwnDescriptors ? *descriptors - kOwnDescriptors : 1;
  if (possible < connections_max) {
    remarks_.push_back(fmt::format("{} descriptors are allowed: at most {} connections instead of {}",
                                   *descriptors, possible, connections_max));
    connections_max = possible;
  }
  auto unknown_hash = crypto::hash_password(Secret("nobody's password"), options_.hash_cost);
  if (!unknown_hash) return tl::unexpected(unknown_hash.error());
  hashing_ =
      std::make_unique<HashingPool>(options_.limits, options_.hash_cost, *std::move(unknown_hash), *reactor_);
  return {};
}

// Before the store is opened: a file with a mistake leaves no trace.
Result<void> Server::read_accounts() {
  if (!options_.credentials) {
    std::error_code ignored;
    if (!std::filesystem::exists(kCredentialsDefault, ignored)) return {};
    options_.credentials = kCredentialsDefault;
  }
  auto file = storage::read_credentials(*options_.credentials, options_.limits.name_max,
                                        options_.limits.password_max);
  if (!file) return tl::unexpected(file.error());
  if (file->readable_by_others)
    remarks_.push_back(fmt::format("{} holds passwords, and others can read it", *options_.credentials));
  credentials_ = std::move(file->users);
  return {};
}

Result<void> Server::open_store() {
  if (options_.store == StoreKind::memory) {
    remarks_.emplace_back("nothing is kept: --store memory");
    store_ = std::make_unique<storage::MemoryStore>(
        *reactor_, storage::MemoryStoreLimits{.queue_max = options_.limits.store_queue});
    return {};
  }
  auto store = storage::SqliteStore::open(
      options_.data_directory, *reactor_,
      {.queue_max = options_.limits.store_queue,
       .queue_bytes_max = options_.limits.store_queue_bytes,
       .wait_max = options_.limits.store_wait_seconds,
       .disk_free_min = options_.limits.disk_free_min,
       .retention = {.keep = options_.keep, .mailbox = options_.limits.mailbox_days}},
      {.on_fatal =
           [this](const Error& error) {
             end(kExitStoreFailed, fmt::format("the store failed: {}", error.text));
           },
       .on_notice = [this](const std::string& text) { log_->warn("store: {}", text); },
       .on_limit = [this](LimitField limit) { core_->counters().count(limit); }});
  if (!store) return tl::unexpected(store.error());
  store_ = *std::move(store);
  return {};
}

void Server::compose(std::unique_ptr<net::TlsContext> tls) {
  links_ = std::make_unique<LinkAdapter>(*reactor_, options_.limits, options_.plaintext, std::move(tls));
  journal_ = std::make_unique<LogJournal>(*log_, *links_, options_.limits);
  connections_ =
      std::make_unique<net::ConnectionTable>(*reactor_, *links_, connection_limits(options_.limits));
  core_ = std::make_unique<server_core::ServerCore>(
      server_core::Config{.limits = options_.limits,
                          .block_duration = options_.block_duration,
                          .idle_timeout = options_.idle_timeout,
                          .registration_open = options_.registration_open,
                          .presence_history = options_.presence_history},
      server_core::Ports{.store = *store_,
                         .hasher = *hashing_,
                         .token_source = token_source_,
                         .clock = *links_,
                         .links = *links_,
                         .journal = *journal_});
  links_->attach(*connections_, *core_);
  importer_ = std::make_unique<CredentialsImporter>(*core_, *hashing_, *links_, *log_);
  reactor_->join_turn(*this);
}

int Server::run() {
  core_->start([this](Result<void> loaded) {
    if (stopping_) return;
    auto serving = loaded ? begin_serving() : std::move(loaded);
    if (!serving) end(kExitFailure, std::move(serving.error().text));
  });
  reactor_->run();
  if (const auto& lost = reactor_->failure()) {
    exit_code_ = kExitFailure;
    failure_ = lost->text;
  }
  return exit_code_;
}

Result<void> Server::begin_serving() {
  importer_->start(std::move(credentials_));
  auto acceptor =
      net::Acceptor::create(*reactor_, *std::exchange(listener_, std::nullopt), options_.limits.turn_accepts,
                            {.on_accept =
                                 [this](net::UniqueFd fd, const net::SocketAddress& peer) {
                                   if (auto adopted = links_->adopt(std::move(fd), peer); !adopted)
                                     trouble(adopted.error());
                                 },
                             .on_trouble = [this](const Error& error) { trouble(error); }});
  if (!acceptor) return tl::unexpected(acceptor.error());
  acceptor_ = *std::move(acceptor);
  if (!options_.port_file.empty()) {
    if (auto written = write_port_file(options_.port_file, acceptor_->address().port()); !written)
      return written;
  }
  for (const std::string& remark : remarks_) log_->warn("{}", remark);
  const net::SocketAddress& address = acceptor_->address();
  log_->info("listening on {}", address.to_string());
  log_->info("the key has the pin {}", links_->tls().pin());
  log_->info("invitation: {}", invitation(options_.bind, address.port(), links_->tls().pin()));
  notices_->ready();
  return {};
}

void Server::on_signal(int signal) {
  if (signal == SIGHUP) return reload();
  // Somebody is in a hurry. What was acknowledged is on disk.
  if (stopping_) ::_exit(kExitFailure);
  begin_stop(signal);
}

// Everything is read again beside the loop, which a slow disk must not stop.
void Server::reload() {
  const bool is_taken = file_worker_->try_submit([this, configuration = configuration_]() -> Task {
    return [this, reloaded = read_anew(configuration)]() mutable {
      if (reloaded)
        take(*std::move(reloaded));
      else
        log_->error("SIGHUP: nothing is changed: {}", reloaded.error().text);
      // A server that is stopping, or has not begun, says so itself.
      if (acceptor_) notices_->ready();
    };
  });
  if (!is_taken) return log_->warn("SIGHUP: the one before is not done yet");
  if (acceptor_) notices_->reloading();
}

// Nothing of this can fail: all of it happens. Who is connected stays so, under the key that was accepted.
void Server::take(Reloaded reloaded) {
  const ServeOptions& wanted = reloaded.change.options;
  log_->set_level(wanted.log_level);
  core_->adjust(wanted.registration_open, wanted.limits);
  if (reloaded.tls) {
    links_->use(std::move(reloaded.tls));
    log_->info("SIGHUP: the key has the pin {}", links_->tls().pin());
  }
  const auto& names = reloaded.change.names;
  log_->info("SIGHUP: read again, changed: {}",
             names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", ")));
  configuration_.accept(std::move(reloaded.change));
}

void Server::begin_stop(int signal) {
  log_->info("{}: stopping", signal == SIGINT ? "SIGINT" : "SIGTERM");
  notices_->stopping();
  stopping_ = true;
  acceptor_.reset();
  importer_->stop();
  core_->begin_shutdown();
  reactor_->schedule(reactor_->now().mono + options_.limits.shutdown_seconds, [this] {
    log_->warn("stopping with {} connections and {} operations of the store left", core_->connections(),
               store_->in_flight());
    reactor_->stop();
  });
  await_end();
}

void Server::await_end() {
  reactor_->schedule(reactor_->now().mono + kStopPoll, [this] { await_end(); });
}

void Server::settle() {
  if (!stopping_ || connections_->size() > 0 || core_->connections() > 0 || store_->in_flight() > 0) return;
  if (const std::string met = core_->counters().describe(); !met.empty()) log_->info("limits met: {}", met);
  log_->info("stopped");
  stopping_ = false;
  reactor_->stop();
}

void Server::trouble(const Error& error) {
  if (reactor_->now().mono < next_trouble_) return;
  next_trouble_ = reactor_->now().mono + seconds(1);
  log_->warn("a connection could not be taken: {}", error.text);
}

void Server::end(int code, std::string failure) {
  exit_code_ = code;
  failure_ = std::move(failure);
  reactor_->stop();
}

}  // namespace sockchat::server
