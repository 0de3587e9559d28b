// Brings the accounts of credentials.txt into the store while the server serves. All names are announced
// first, then hashed and stored in the file's order: few at a time, so that a login never waits for more than
// two small batches. Loop thread.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "server/hashing_pool.h"
#include "server/log.h"
#include "sockchat/server_core/links.h"
#include "sockchat/server_core/server_core.h"
#include "sockchat/storage/credentials_file.h"

namespace sockchat::server {

class CredentialsImporter final {
 public:
  // All must outlive the importer.
  CredentialsImporter(server_core::ServerCore& core, HashingPool& hashing, const server_core::Clock& clock,
                      Log& log);

  // Once, when the core is ready and nobody is connected yet. Names that the core has ever had are left
  // alone. A password is wiped as soon as it is hashed.
  void start(std::vector<storage::Credential> users);
  // Begins no further batch: the rest is imported at the next start.
  void stop() { stopped_ = true; }

 private:
  struct Batch {
    std::size_t first;
    std::size_t count;
    std::optional<std::vector<Result<std::string>>> hashes;  // once they are made
  };
  void fill();
  void on_hashed(std::size_t first, HashingPool::HashedBatch hashed);
  void store(Batch& batch);
  void settle(std::size_t index, const Result<void>& outcome);
  void report();

  server_core::ServerCore& core_;
  HashingPool& hashing_;
  const server_core::Clock& clock_;
  Log& log_;
  std::vector<storage::Credential> users_;
  std::deque<Batch> batches_;   // being hashed, in order
  std::size_t batch_size_ = 1;  // grows or shrinks with what a hash costs
  std::size_t next_ = 0;        // the first user of the next batch
  std::size_t settled_ = 0;     // stored, or failed
  std::size_t failed_ = 0;
  TimePoint next_report_ = kNever;
  bool stopped_ = false;
};

}  // namespace sockchat::server
