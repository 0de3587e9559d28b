#include "server/credentials_importer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "sockchat/base/check.h"

namespace sockchat::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A batch takes about as long as one login at the default cost; cheap hashes go by the dozen.
constexpr auto kBatchLength = milliseconds(20);
constexpr std::size_t kBatchSizeMax = 64;
// Hashed and not settled yet: the store's queue belongs to the messages.
constexpr std::size_t kUnsettledMax = 1024;

}  // namespace

CredentialsImporter::CredentialsImporter(server_core::ServerCore& core, HashingPool& hashing,
                                         const server_core::Clock& clock, Log& log)
    : core_(core), hashing_(hashing), clock_(clock), log_(log) {}

void CredentialsImporter::start(std::vector<storage::Credential> users) {
  users_ = std::move(users);
  std::erase_if(users_, [this](const storage::Credential& user) { return !core_.needs_import(user.name); });
  if (users_.empty()) return core_.end_imports();

  std::vector<domain::UserName> names;
  names.reserve(users_.size());
  for (const storage::Credential& user : users_) names.push_back(user.name);
  core_.announce_imports(names);
  log_.info("importing {} accounts", users_.size());
  next_report_ = clock_.now().mono + seconds(1);
  fill();
}

void CredentialsImporter::fill() {
  while (!stopped_ && next_ < users_.size() && batches_.size() < HashingPool::kBatchesMax &&
         next_ - settled_ < kUnsettledMax) {
    const std::size_t first = next_;
    const std::size_t count = std::min(batch_size_, users_.size() - first);
    std::vector<Secret> passwords;
    passwords.reserve(count);
    for (std::size_t index = first; index < first + count; ++index) {
      passwords.push_back(std::move(users_[index].password));
    }
    next_ += count;
    batches_.push_back({first, count, std::nullopt});
    hashing_.hash_batch(std::move(passwords), [this, first](HashingPool::HashedBatch hashed) {
      on_hashed(first, std::move(hashed));
    });
  }
}

void CredentialsImporter::on_hashed(std::size_t first, HashingPool::HashedBatch hashed) {
  const auto batch = std::ranges::find(batches_, first, &Batch::first);
  SOCKCHAT_CHECK(batch != batches_.end() && hashed.hashes.size() == batch->count);
  const auto each = std::max(hashed.took / static_cast<long>(batch->count), std::chrono::nanoseconds(1));
  batch_size_ = std::clamp<std::size_t>(static_cast<std::size_t>(kBatchLength / each), 1, kBatchSizeMax);
  batch->hashes = std::move(hashed.hashes);
  // Several workers may finish out of turn; the file's order stays.
  while (!batches_.empty() && batches_.front().hashes) {
    store(batches_.front());
    batches_.pop_front();
  }
  fill();
  report();
}

void CredentialsImporter::store(Batch& batch) {
  for (std::size_t offset = 0; offset < batch.count; ++offset) {
    const std::size_t index = batch.first + offset;
    Result<std::string>& hash = (*batch.hashes)[offset];
    if (!hash) {
      settle(index, tl::unexpected(hash.error()));
      continue;
    }
    core_.import_account(users_[index].name, *std::move(hash),
                         [this, index](const Result<void>& outcome) { settle(index, outcome); });
  }
}

void CredentialsImporter::settle(std::size_t index, const Result<void>& outcome) {
  ++settled_;
  if (!outcome) {
    ++failed_;
    log_.error("the account {} could not be imported: {}", users_[index].name.text(), outcome.error().text);
  }
  if (settled_ < users_.size()) return fill();
  log_.info("imported {} accounts", settled_ - failed_);
  users_ = std::vector<storage::Credential>();
  next_ = settled_ = 0;
  core_.end_imports();
}

void CredentialsImporter::report() {
  if (settled_ == users_.size() || clock_.now().mono < next_report_) return;
  next_report_ = clock_.now().mono + seconds(1);
  log_.info("importing accounts: {} of {}", settled_, users_.size());
}

}  // namespace sockchat::server
