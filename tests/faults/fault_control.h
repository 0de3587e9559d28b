// What a driver and the library that it preloads into a server have in common: one page of shared memory, the
// file named by SOCKCHAT_FAULTS. The driver writes a plan before it arms it, and reads the counts while the
// server runs. Plain data and atomics, the same in both processes.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sockchat::faults {

inline constexpr const char* kControlVariable = "SOCKCHAT_FAULTS";

enum class Call : std::uint32_t {
  memory,    // malloc and its kin, whoever asks
  database,  // the same, but only where SQLite asks
  password,  // the same, libsodium; and its mmap, which is where Argon2 works
  read,      // read, pread, recv, ...
  write,     // write, pwrite, send, sendmsg, ...; not to stderr
  accept,
  epoll,  // epoll_wait, epoll_ctl, timerfd_settime
  sync,   // fsync, fdatasync
  open,
  truncate,
  map,
  thread,
  data,  // write, pwrite, ftruncate, fsync, fdatasync of regular files: the points at which to kill
};
inline constexpr std::size_t kCalls = 13;

enum class Effect : std::uint32_t { none, fail_once, fail_for_ever, kill, delay };

struct Control {
  // Calls are counted, and the plan is carried out, while this is set, from main() on.
  std::atomic<bool> armed = false;
  std::atomic<Call> call = Call::memory;
  std::atomic<Effect> effect = Effect::none;
  std::atomic<std::uint64_t> nth = 0;  // the 1st is the next one
  std::atomic<int> error = 0;
  std::atomic<std::uint32_t> delay_ms = 0;
  std::array<std::atomic<std::uint64_t>, kCalls> counts{};
  std::atomic<std::uint64_t> hits = 0;  // calls that met the effect
  // Of them, syncs that are no reason to end: of the search index, which is made anew when it is wrong, and
  // of a directory while its server serves, because the names in it were synced before.
  std::atomic<std::uint64_t> harmless_hits = 0;
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

}  // namespace sockchat::faults
