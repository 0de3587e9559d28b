#include "failing_sync.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <limits>
#include <mutex>

namespace {

constexpr int kNever = std::numeric_limits<int>::max();
std::atomic<int> syncs_left = kNever;

std::mutex mutex;
std::condition_variable released;
bool held = false;
int waiting = 0;

int sync_or_fail(long call, int fd) {
  {
    std::unique_lock lock(mutex);
    ++waiting;
    released.wait(lock, [] { return !held; });
    --waiting;
  }
  if (syncs_left.load() != kNever && syncs_left.fetch_sub(1) <= 0) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(::syscall(call, fd));
}

}  // namespace

extern "C" int fsync(int fd) { return sync_or_fail(SYS_fsync, fd); }
extern "C" int fdatasync(int fd) { return sync_or_fail(SYS_fdatasync, fd); }

namespace sockchat::test {

FailingSync::FailingSync(int nth) { syncs_left = nth - 1; }
FailingSync::~FailingSync() { syncs_left = kNever; }
bool FailingSync::has_failed() const { return syncs_left.load() < 0; }

HeldSync::HeldSync() {
  const std::lock_guard lock(mutex);
  held = true;
}

HeldSync::~HeldSync() {
  {
    const std::lock_guard lock(mutex);
    held = false;
  }
  released.notify_all();
}

bool HeldSync::is_waited_for() const {
  const std::lock_guard lock(mutex);
  return waiting > 0;
}

}  // namespace sockchat::test
