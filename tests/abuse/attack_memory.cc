// A19: 512 MiB for the server, and people who ask for pages of the history that nobody reads, three times
// what is planned for.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "abuse/arena.h"
#include "abuse/entrance_queue.h"
#include "abuse/rows.h"
#include "abuse/shared.h"

namespace sockchat::abuse {
namespace {

constexpr std::size_t kMemory = std::size_t{512} << 20;
constexpr std::size_t kAskers = 1900;
constexpr std::size_t kBroadcasts = 40;
constexpr std::size_t kPage = 30;
constexpr std::size_t kTextBytes = 15'000;

// A group of processes with a bound for their memory, where the system has such groups (cgroups, version 1).
class MemoryGroup final {
 public:
  MemoryGroup() : path_(fmt::format("/sys/fs/cgroup/memory/sockchat-abuse-{}", ::getpid())) {
    is_there_ = ::mkdir(path_.c_str(), 0700) == 0 && write("memory.limit_in_bytes", kMemory);
  }
  MemoryGroup(const MemoryGroup&) = delete;
  MemoryGroup& operator=(const MemoryGroup&) = delete;
  // Whoever was in it must be gone.
  ~MemoryGroup() { ::rmdir(path_.c_str()); }

  [[nodiscard]] bool take_in(pid_t process) const {
    return is_there_ && write("cgroup.procs", static_cast<std::size_t>(process));
  }
  [[nodiscard]] std::size_t kills() const {
    std::ifstream file(path_ + "/memory.oom_control");
    std::string word;
    std::size_t count = 0;
    while (file >> word) {
      if (word == "oom_kill") file >> count;
    }
    return count;
  }

 private:
  bool write(const char* name, std::size_t value) const {
    std::ofstream file(path_ + "/" + name);
    file << value << std::flush;
    return file.good();
  }

  std::string path_;
  bool is_there_ = false;
};

struct Load {
  std::atomic<std::size_t> said;
  std::atomic<std::size_t> asked;
  std::atomic<bool> is_over;
};

void ask_for_pages(std::uint16_t port, Load& load) {
  Crowd crowd(port);
  log_in(crowd, 1, [](std::size_t) { return Entry{"target", {}}; });
  for (std::size_t n = 0; n < kBroadcasts; ++n) {
    crowd.send(0, fmt::format(R"({{"command":"broadcast","data":["{}"]}})", std::string(kTextBytes, 'b')));
  }
  const auto on_frame = [&](std::size_t, std::string_view frame) {
    if (frame.starts_with(R"({"status":"ok","command":"broadcast")")) ++load.said;
  };
  crowd.run_for(seconds(20), on_frame, [&] { return load.said == kBroadcasts; });
  for (std::size_t asker = 0; asker < kAskers; asker += 100) {
    const std::size_t first = crowd.size();
    log_in(crowd, 100, [&](std::size_t number) {
      return Entry{fmt::format("a{}", asker + number), {.receive_buffer = 2048}};
    });
    crowd.stall(crowd.size());
    for (std::size_t peer = first; peer < crowd.size(); ++peer, ++load.asked) {
      crowd.send(peer, fmt::format(R"({{"command":"history","data":["*","0","{}"]}})", kPage));
    }
  }
  load.is_over = true;
  crowd.run_until(
      Clock::time_point::max(), [](std::size_t, std::string_view) {}, [] {});
}

}  // namespace

void attack_memory(const Stage& stage, Figures& figures) {
  const MemoryGroup group;
  Arena arena(stage, {"--limit", "broadcast_rate=0"});
  if (!group.take_in(arena.server().pid())) {
    return figures.skipped("A19", "no group with a bound for memory can be made");
  }
  const HonestCrowd honest(arena.port());
  const Shared<Load> load;
  const Actor attacker(Manners::attacker, [&] { ask_for_pages(arena.port(), *load); });
  double resident_most = 0;
  const auto began = Clock::now();
  wait_until(seconds(45), [&] {
    resident_most = std::max(resident_most, arena.cost().resident_kib);
    return load->is_over.load();
  });
  pass(seconds(3), [&] { resident_most = std::max(resident_most, arena.cost().resident_kib); });
  const Delay delay = honest.delay_between(began, Clock::now() - seconds(2));

  figures.at_most("A19", "ends of the server for want of memory", static_cast<double>(group.kills()), 0);
  figures.at_most("A19", "most memory that the server had", resident_most / 1024, 512, " MiB");
  figures.at_least("A19", "asked for, over what may wait unsent",
                   static_cast<double>(load->asked * kPage * kTextBytes) / (256.0 * (1 << 20)), 3, "x");
  figures.at_most("A19", "honest connections lost", static_cast<double>(honest.lost()), 0);
  figures.at_most("A19", "honest messages not delivered", static_cast<double>(delay.missing), 0);
  figures.told("A19", "others' p99 during the attack", delay.p99_ms, " ms");
}

}  // namespace sockchat::abuse
