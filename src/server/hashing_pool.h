// Argon2id on threads of low priority. Logins and the import of credentials share the workers; logins may
// wait in a queue of `hash_queue`, and the import has a margin of its own, so that neither shuts the other
// out. Loop thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sockchat/base/limits.h"
#include "sockchat/base/worker_pool.h"
#include "sockchat/crypto/password_hash.h"
#include "sockchat/domain/ports.h"

namespace sockchat::server {

class HashingPool final : public domain::PasswordHasher {
 public:
  // Batches of an import that may be under way.
  static constexpr std::size_t kBatchesMax = 2;

  struct HashedBatch {
    std::vector<Result<std::string>> hashes;  // in the order of the passwords
    std::chrono::nanoseconds took{};
  };

  // `unknown_hash`, made with `cost`, is what unknown names are checked against. `executor` must outlive the
  // pool, and run nothing once the pool is gone.
  HashingPool(const Limits& limits, crypto::HashCost cost, std::string unknown_hash, Executor& executor);

  [[nodiscard]] bool verify(std::string stored_hash, Secret password,
                            Completion<domain::PasswordVerdict> done) override;
  [[nodiscard]] bool hash(Secret password, Completion<Result<std::string>> done) override;
  [[nodiscard]] domain::NameDigest digest(std::string_view name) const override;

  // One job for all of them. At most kBatchesMax at a time.
  void hash_batch(std::vector<Secret> passwords, Completion<HashedBatch> done);

 private:
  template <class Work, class Value>
  void submit(std::size_t& under_way, Work work, Completion<Value> done);

  const crypto::HashCost cost_;
  const std::string unknown_hash_;
  const std::size_t logins_max_;
  std::size_t logins_ = 0;   // running or waiting
  std::size_t batches_ = 0;  // running or waiting
  WorkerPool workers_;
};

}  // namespace sockchat::server
