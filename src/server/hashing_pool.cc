#include "server/hashing_pool.h"

#include <sys/resource.h>
#include <unistd.h>

#include <utility>

#include "sockchat/base/check.h"

namespace sockchat::server {
namespace {

// Far below the loop and the store, which share the cores with a flood of logins.
constexpr int kNice = 10;

// Linux keeps the priority of each thread. Set for every job: next to a hash, a system call is nothing.
void step_back() { static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice)); }

}  // namespace

HashingPool::HashingPool(const Limits& limits, crypto::HashCost cost, std::string unknown_hash,
                         Executor& executor)
    : cost_(cost),
      unknown_hash_(std::move(unknown_hash)),
      logins_max_(limits.hash_queue + limits.hash_workers),
      workers_(limits.hash_workers, logins_max_ + kBatchesMax, executor) {}

// `work` runs on a worker and makes a Value, which `done` is told on the loop.
template <class Work, class Value>
void HashingPool::submit(std::size_t& under_way, Work work, Completion<Value> done) {
  const bool submitted =
      workers_.try_submit([&under_way, work = std::move(work), done = std::move(done)]() mutable -> Task {
        step_back();
        return [&under_way, value = work(), done = std::move(done)]() mutable {
          --under_way;
          done(std::move(value));
        };
      });
  SOCKCHAT_CHECK(submitted);  // the queue has room for all that the callers let in
  ++under_way;
}

bool HashingPool::verify(std::string stored_hash, Secret password, Completion<domain::PasswordVerdict> done) {
  if (logins_ >= logins_max_) return false;
  const bool is_known = !stored_hash.empty();
  if (!is_known) stored_hash = unknown_hash_;
  auto work = [is_known, cost = cost_, stored_hash = std::move(stored_hash),
               password = std::move(password)]() -> domain::PasswordVerdict {
    // Evaluated for unknown names too: the same work, the same time.
    const crypto::PasswordMatch match = crypto::verify_password(stored_hash, password);
    domain::PasswordVerdict verdict{.correct = match == crypto::PasswordMatch::right && is_known,
                                    .undecided = match == crypto::PasswordMatch::unknown,
                                    .replacement_hash = {}};
    if (verdict.correct && crypto::needs_rehash(stored_hash, cost)) {
      // Short of memory the old hash stays; the next login tries again.
      verdict.replacement_hash = crypto::hash_password(password, cost).value_or(std::string());
    }
    return verdict;
  };
  submit(logins_, std::move(work), std::move(done));
  return true;
}

bool HashingPool::hash(Secret password, Completion<Result<std::string>> done) {
  if (logins_ >= logins_max_) return false;
  auto work = [cost = cost_, password = std::move(password)] {
    return crypto::hash_password(password, cost);
  };
  submit(logins_, std::move(work), std::move(done));
  return true;
}

domain::NameDigest HashingPool::digest(std::string_view name) const {
  domain::NameDigest digest{};
  crypto::digest_name(name, digest);
  return digest;
}

void HashingPool::hash_batch(std::vector<Secret> passwords, Completion<HashedBatch> done) {
  SOCKCHAT_CHECK(batches_ < kBatchesMax);
  auto work = [cost = cost_, passwords = std::move(passwords)] {
    const auto begin = std::chrono::steady_clock::now();
    HashedBatch batch;
    batch.hashes.reserve(passwords.size());
    for (const Secret& password : passwords) batch.hashes.push_back(crypto::hash_password(password, cost));
    batch.took = std::chrono::steady_clock::now() - begin;
    return batch;
  };
  submit(batches_, std::move(work), std::move(done));
}

}  // namespace sockchat::server
