// G4 and G5: a flood of messages at a person who types, and clients that are killed while they own the
// terminal.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "abuse/arena.h"
#include "abuse/entrance_queue.h"
#include "abuse/rows.h"
#include "abuse/shared.h"
#include "abuse/terminal_client.h"

namespace sockchat::abuse {
namespace {

constexpr std::size_t kSenders = 100;
constexpr std::chrono::microseconds kBetweenMessages{200};
constexpr std::size_t kUnderWayMax = 2000;
constexpr seconds kFlood{20};
constexpr milliseconds kBetweenKeys{100};
constexpr milliseconds kEchoPatience{2000};
constexpr std::size_t kLineMax = 30;
// Some thousand lines of scroll-back, and what waits for the terminal.
constexpr double kGrowthKib = 32.0 * 1024;
constexpr std::string_view kKillLine = "\x15";

struct Flood {
  std::atomic<std::size_t> sent;
  std::atomic<std::size_t> accepted;
};

void flood(std::uint16_t port, Flood& counts) {
  Crowd crowd(port);
  log_in(crowd, kSenders, [](std::size_t sender) { return Entry{fmt::format("a{}", sender), {}}; });
  auto next = Clock::now();
  const auto on_tick = [&] {
    for (; next <= Clock::now(); next += kBetweenMessages) {
      if (counts.sent - counts.accepted >= kUnderWayMax) continue;
      crowd.send(counts.sent % kSenders,
                 fmt::format(R"({{"command":"message","data":["target","number {}"]}})", counts.sent.load()));
      ++counts.sent;
    }
  };
  const auto on_frame = [&](std::size_t, std::string_view frame) {
    if (frame.starts_with(R"({"status":)")) ++counts.accepted;
  };
  crowd.run_until(Clock::time_point::max(), on_frame, on_tick);
}

// One key, and how long until it stands behind the prompt.
double echo_ms(TerminalClient& client, std::string& line) {
  if (line.size() == kLineMax) {
    client.type(kKillLine);
    line.clear();
  }
  // Another letter in each line: what was there before must not pass for it.
  static char letter = 'a';
  if (line.empty()) letter = letter == 'z' ? 'a' : static_cast<char>(letter + 1);
  client.look_away();
  line += letter;
  const auto began = Clock::now();
  client.type(std::string_view(&letter, 1));
  const bool seen = client.see("> " + line, kEchoPatience);
  const std::chrono::duration<double, std::milli> took = Clock::now() - began;
  return seen ? took.count() : kNever;
}

bool same(const termios& one, const termios& other) {
  return one.c_iflag == other.c_iflag && one.c_oflag == other.c_oflag && one.c_cflag == other.c_cflag &&
         one.c_lflag == other.c_lflag && std::memcmp(one.c_cc, other.c_cc, sizeof one.c_cc) == 0;
}

// The last of the two that was written is the good one, or neither was.
bool ends_with_good(const std::string& written, std::string_view bad, std::string_view good) {
  const std::size_t last_bad = written.rfind(bad);
  const std::size_t last_good = written.rfind(good);
  return last_bad == std::string::npos || (last_good != std::string::npos && last_good > last_bad);
}

}  // namespace

void attack_reader(const Stage& stage, Figures& figures) {
  const Arena arena(stage, {"--limit", "message_rate=0", "--limit", "mailbox_messages=1000000", "--limit",
                            "mailbox_bytes=1GiB"});
  TerminalClient client(stage, arena.port());
  if (!client.log_in()) return figures.failed("G4", "the client logs in on a terminal");
  const Shared<Flood> counts;
  const Actor senders(Manners::attacker, [&] { flood(arena.port(), *counts); });
  if (!wait_until(seconds(20), [&] {
        client.look_away();
        return counts->accepted > 1000;
      })) {
    return figures.failed("G4", "the flood arrives");
  }
  const double resident_before = client.resident_kib();
  const std::uint64_t seen_before = client.bytes_seen();
  const std::size_t accepted_before = counts->accepted;
  std::vector<double> echoes;
  std::string line;
  const auto end = Clock::now() + kFlood;
  while (Clock::now() < end) {
    const auto next = Clock::now() + kBetweenKeys;
    echoes.push_back(echo_ms(client, line));
    while (Clock::now() < next) client.look_away(milliseconds(5));
  }
  std::ranges::sort(echoes);
  const auto length = static_cast<double>(kFlood.count());
  figures.at_most("G4", "p99 of a key's echo", echoes[echoes.size() * 99 / 100], 50, " ms");
  figures.told("G4", "median of a key's echo", echoes[echoes.size() / 2], " ms");
  figures.told("G4", "messages accepted a second",
               static_cast<double>(counts->accepted - accepted_before) / length);
  figures.told("G4", "bytes written to the terminal a second",
               static_cast<double>(client.bytes_seen() - seen_before) / length);
  figures.at_most("G4", "the client grew by", client.resident_kib() - resident_before, kGrowthKib, " KiB");
}

void attack_terminal(const Stage& stage, Figures& figures) {
  constexpr int kKills = 100;
  constexpr std::array kSignals{SIGTERM, SIGSEGV, SIGHUP};
  const Arena arena(stage, {});
  int modes_left = 0;
  int screens_left = 0;
  int alive = 0;
  for (int number = 0; number < kKills; ++number) {
    TerminalClient client(stage, arena.port());
    const termios before = client.settings();
    if (!client.see("Username:", seconds(5))) return figures.failed("G5", "the client asks for a name");
    client.type("tar");
    if (!client.see("tar", seconds(5))) return figures.failed("G5", "the client shows what is typed");
    client.signal(kSignals[static_cast<std::size_t>(number) % kSignals.size()]);
    if (!client.ended(seconds(5))) ++alive;
    client.look_away();
    if (!same(before, client.settings())) ++modes_left;
    const bool clean = ends_with_good(client.written(), "\x1b[?25l", "\x1b[?25h") &&
                       ends_with_good(client.written(), "\x1b[?1049h", "\x1b[?1049l") &&
                       ends_with_good(client.written(), "\x1b[?2004h", "\x1b[?2004l");
    if (!clean) ++screens_left;
  }
  figures.at_most("G5", "of 100 killed clients: still there", alive, 0);
  figures.at_most("G5", "of 100 killed clients: terminal without echo", modes_left, 0);
  figures.at_most("G5", "of 100 killed clients: cursor, screen or paste mode left", screens_left, 0);
}

}  // namespace sockchat::abuse
