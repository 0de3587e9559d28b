// A5: a thousand come, and stop reading while four broadcast. Quiet is the same without the thousand.
#include <fmt/format.h>

#include <algorithm>
#include <array>
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

constexpr std::size_t kReaders = 1000;
constexpr std::size_t kBroadcasters = 4;
constexpr std::size_t kTextBytes = 1024;
constexpr milliseconds kBetweenBroadcasts{100};
constexpr seconds kStall{10};
constexpr double kMemoryMaxKib = 256.0 * 1024;  // send_memory_max
constexpr int kReceiveBuffer = 2048;

struct Hall {
  std::atomic<bool> readers_online;
  std::atomic<std::size_t> said;
  std::atomic<std::size_t> refused;
  std::atomic<std::size_t> at_once;  // 16 KiB each: fills what the kernel keeps
};

void listen(std::uint16_t port, Hall& hall) {
  Crowd crowd(port);
  log_in(crowd, kReaders, [](std::size_t reader) {
    return Entry{fmt::format("a{}", 100 + reader), {.receive_buffer = kReceiveBuffer}};
  });
  hall.readers_online = true;
  crowd.run_until(
      Clock::time_point::max(), [](std::size_t, std::string_view) {}, [] {});
}

void speak(std::uint16_t port, Hall& hall) {
  Crowd crowd(port);
  log_in(crowd, kBroadcasters, [](std::size_t speaker) { return Entry{fmt::format("a{}", speaker), {}}; });
  const auto say = [&](std::size_t bytes) {
    crowd.send(hall.said++ % kBroadcasters,
               fmt::format(R"({{"command":"broadcast","data":["{}"]}})", std::string(bytes, 'b')));
  };
  auto next = Clock::now();
  const auto on_tick = [&] {
    for (; hall.at_once > 0; --hall.at_once) say(16'000);
    for (; next <= Clock::now(); next += kBetweenBroadcasts) say(kTextBytes);
  };
  const auto on_frame = [&](std::size_t, std::string_view frame) {
    if (frame.starts_with(R"({"status":"error")")) ++hall.refused;
  };
  crowd.run_until(Clock::time_point::max(), on_frame, on_tick);
}

// What the kernel keeps for all TCP sockets of the machine, in MiB: sockstat's pages.
double kernel_mib() {
  std::ifstream file("/proc/net/sockstat");
  std::string word;
  double pages = 0;
  while (file >> word) {
    if (word == "TCP:") {
      while (file >> word && word != "mem") {
      }
      file >> pages;
      break;
    }
  }
  return pages * 4096 / (1 << 20);
}

}  // namespace

void attack_stalled_readers(const Stage& stage, Figures& figures) {
  const Arena arena(stage, {"--limit", fmt::format("send_stall_seconds={}", kStall.count())});
  const HonestCrowd honest(arena.port());
  const Shared<Hall> hall;
  const Actor speakers(Manners::attacker, [&] { speak(arena.port(), *hall); });
  std::optional<Actor> readers;
  std::size_t descriptors_with_readers = 0;
  const auto begin = [&] {
    hall->readers_online = false;
    readers.emplace(Manners::attacker, [&] { listen(arena.port(), *hall); });
    if (!wait_until(seconds(30), [&] { return hall->readers_online.load(); })) give_up("A5: no readers");
    descriptors_with_readers = arena.descriptors();
    readers->freeze();
    hall->at_once = 16;
  };
  const Outcome outcome = alternate(arena, honest, {}, begin, [&] { readers.reset(); });

  const double kernel_before = kernel_mib();
  const double resident_before = arena.cost().resident_kib;
  double kernel_most = 0;
  double resident_most = 0;
  begin();
  const auto began = Clock::now();
  const bool dropped = wait_until(kStall * 2, [&] {
    resident_most = std::max(resident_most, arena.cost().resident_kib);
    kernel_most = std::max(kernel_most, kernel_mib());
    return arena.descriptors() + kReaders <= descriptors_with_readers;
  });
  const std::chrono::duration<double> took = Clock::now() - began;

  figures.at_most("A5", "the server grew by, in phases of 4 s", outcome.growth_kib, kMemoryMaxKib, " KiB");
  figures.at_most("A5", "the server grew by, until it drops them", resident_most - resident_before,
                  kMemoryMaxKib, " KiB");
  figures.told("A5", "the kernel's queues grew by (whole machine)", kernel_most - kernel_before, " MiB");
  figures.at_most("A5", fmt::format("all dropped after a stall of {} s", kStall.count()),
                  dropped ? took.count() : kNever, static_cast<double>(kStall.count()) * 9 / 8 + 2, " s");
  figures.told("A5", "broadcasts", static_cast<double>(hall->said));
  figures.at_most("A5", "broadcasts refused", static_cast<double>(hall->refused), 0);
  judge_others(figures, "A5", outcome, honest, 2);
}

}  // namespace sockchat::abuse
