#include "server/hashing_pool.h"

#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

namespace {

using namespace sockchat;
using namespace sockchat::server;
using domain::PasswordVerdict;

constexpr crypto::HashCost kCheap{.memory_kib = 8, .iterations = 1};

// Runs on the test's thread what the workers post.
class WaitingExecutor final : public Executor {
 public:
  void post(Task task) override {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
  }

  // The next task; the test fails when none comes in time.
  void run_one() {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, std::chrono::seconds(20), [this] { return !tasks_.empty(); }));
    Task task = std::move(tasks_.front());
    tasks_.erase(tasks_.begin());
    lock.unlock();
    task();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Task> tasks_;
};

std::string hash_of(std::string_view password, crypto::HashCost cost = kCheap) {
  REQUIRE(crypto::start());
  const auto hash = crypto::hash_password(Secret(password), cost);
  REQUIRE(hash);
  return *hash;
}

struct Fixture {
  WaitingExecutor executor;
  HashingPool pool;

  explicit Fixture(std::size_t queue = 64, crypto::HashCost cost = kCheap)
      : pool(
            [&] {
              Limits limits;
              limits.hash_queue = queue;
              return limits;
            }(),
            cost, hash_of("nobody's", cost), executor) {}

  PasswordVerdict verify(std::string hash, std::string_view password) {
    PasswordVerdict verdict;
    REQUIRE(pool.verify(std::move(hash), Secret(password),
                        [&](PasswordVerdict told) { verdict = std::move(told); }));
    executor.run_one();
    return verdict;
  }
};

}  // namespace

TEST_CASE("hashing: the right password is correct, a wrong one is not") {
  Fixture fixture;
  CHECK(fixture.verify(hash_of("falcon"), "falcon").correct);
  CHECK_FALSE(fixture.verify(hash_of("falcon"), "Falcon").correct);
  CHECK(fixture.verify(hash_of("falcon"), "falcon").replacement_hash.empty());
}

TEST_CASE("hashing: an unknown name is never correct, not even with the password behind the stand-in") {
  Fixture fixture;
  CHECK_FALSE(fixture.verify("", "nobody's").correct);
}

TEST_CASE("hashing: an unknown name costs the work of a known one") {
  // Far above the noise of a wake-up.
  constexpr crypto::HashCost kDear{.memory_kib = 4096, .iterations = 2};
  Fixture fixture(64, kDear);
  const std::string known = hash_of("falcon", kDear);
  auto known_best = std::chrono::nanoseconds::max();
  auto unknown_best = known_best;
  const auto time = [&](const std::string& hash, std::chrono::nanoseconds& best) {
    const auto begin = std::chrono::steady_clock::now();
    fixture.verify(hash, "wrong");
    best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - begin);
  };
  // The fastest of each are the truth, which a busy machine shows late.
  double ratio = 0;
  for (int round = 0; round < 500 && (round < 5 || ratio < 0.8 || ratio > 1.25); ++round) {
    time(known, known_best);
    time("", unknown_best);
    ratio = static_cast<double>(unknown_best.count()) / static_cast<double>(known_best.count());
  }
  CHECK(ratio >= 0.8);
  CHECK(ratio <= 1.25);
}

TEST_CASE("hashing: a hash of another cost is replaced when the password was right") {
  Fixture fixture;
  const std::string other = hash_of("falcon", {.memory_kib = 16, .iterations = 1});
  CHECK(fixture.verify(other, "wrong").replacement_hash.empty());
  const PasswordVerdict verdict = fixture.verify(other, "falcon");
  CHECK(verdict.correct);
  CHECK(crypto::verify_password(verdict.replacement_hash, Secret("falcon")) == crypto::PasswordMatch::right);
  CHECK_FALSE(crypto::needs_rehash(verdict.replacement_hash, kCheap));
}

TEST_CASE("hashing: logins beyond the queue are refused at once, until one is told") {
  Fixture fixture(2);  // and one that runs
  int told = 0;
  const auto login = [&] {
    return fixture.pool.verify("", Secret("x"), [&](const PasswordVerdict&) { ++told; });
  };
  CHECK(login());
  CHECK(login());
  CHECK(login());
  CHECK_FALSE(login());
  CHECK_FALSE(fixture.pool.hash(Secret("x"), [](const Result<std::string>&) {}));
  fixture.executor.run_one();
  CHECK(told == 1);
  CHECK(login());
}

TEST_CASE("hashing: an import has room beside a full queue of logins") {
  Fixture fixture(1);
  while (fixture.pool.verify("", Secret("x"), [](const PasswordVerdict&) {})) continue;
  std::vector<std::string> hashes;
  for (std::size_t batch = 0; batch < HashingPool::kBatchesMax; ++batch) {
    std::vector<Secret> passwords;
    passwords.emplace_back("one");
    passwords.emplace_back("two");
    fixture.pool.hash_batch(std::move(passwords), [&](HashingPool::HashedBatch hashed) {
      for (auto& hash : hashed.hashes) hashes.push_back(hash.value_or(""));
    });
  }
  while (hashes.size() < 4) fixture.executor.run_one();
  CHECK(crypto::verify_password(hashes[0], Secret("one")) == crypto::PasswordMatch::right);
  CHECK(crypto::verify_password(hashes[3], Secret("two")) == crypto::PasswordMatch::right);
}

TEST_CASE("hashing: a new hash fits its password") {
  Fixture fixture;
  std::string hash;
  REQUIRE(fixture.pool.hash(Secret("falcon"), [&](Result<std::string> made) { hash = made.value_or(""); }));
  fixture.executor.run_one();
  CHECK(crypto::verify_password(hash, Secret("falcon")) == crypto::PasswordMatch::right);
}

TEST_CASE("hashing: a name's digest is the name's own") {
  const Fixture fixture;
  CHECK(fixture.pool.digest("hans") == fixture.pool.digest("hans"));
  CHECK(fixture.pool.digest("hans") != fixture.pool.digest("Hans"));
}
