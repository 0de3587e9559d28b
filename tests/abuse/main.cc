// Plays attackers against a real server, and prints a table of figures with their bounds: `make abuse`.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "abuse/figures.h"
#include "abuse/rows.h"
#include "support/crowd_peers.h"

namespace sockchat::abuse {
namespace {

constexpr const char* kUsage =
    R"(usage: abuse SERVER [ROW...]

Plays the rows (all, when none is named) of docs/ATTACKERS.md that take longer than a test may.

exit status: 0; 1 a bound is broken, or a row could not be played; 2 wrong usage
)";

constexpr seconds kRowPatience{150};  // and a soak has its own length on top

constexpr auto kRows = std::to_array<Row>({
    {"A1", attack_slow_loris},     {"A4", attack_stalled_reader}, {"A5", attack_stalled_readers},
    {"A6", attack_unread_replies}, {"A7", attack_connects},       {"A8", attack_handshakes},
    {"A11", attack_one_flooder},   {"A18", attack_broadcasts},    {"A19", attack_memory},
    {"B4", attack_bombs},          {"C1", attack_guesses},        {"C2", attack_owner},
    {"C3", attack_spray},          {"C5", attack_timing},         {"C6", attack_hash_flood},
    {"C11", attack_tokens},        {"E2", attack_signals},        {"E4", attack_churn},
    {"G4", attack_reader},         {"G5", attack_terminal},
});

// Beside the program: on a disk, not in memory, for that is where a server keeps its messages.
std::string new_directory(const std::string& server) {
  std::string name = std::filesystem::path(server).parent_path() / "abuse.XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) give_up(name + " cannot be made");
  return name;
}

void play(const Row& row, const Stage& stage, Figures& figures) {
  Actor player(Manners::honest, [&] { row.play(stage, figures); });
  if (!wait_until(kRowPatience + soak_length(), [&] { return player.ended().has_value(); })) {
    figures.failed(row.id, "it has to end within its time");
  } else if (*player.ended() != 0) {
    figures.failed(row.id, fmt::format("it has to be played to its end (status {})", *player.ended()));
  }
}

int run(std::span<char*> arguments) {
  if (arguments.empty()) return 2;
  const std::vector<std::string_view> wanted(arguments.begin() + 1, arguments.end());
  for (const std::string_view id : wanted) {
    if (std::ranges::find(kRows, id, &Row::id) != kRows.end()) continue;
    fmt::print(stderr, "abuse: there is no row '{}'\n", id);
    return 2;
  }
  raise_descriptor_limit();
  const Stage stage{.server = arguments[0], .directory = new_directory(arguments[0])};
  Figures figures;
  for (const Row& row : kRows) {
    if (wanted.empty() || std::ranges::find(wanted, row.id) != wanted.end()) play(row, stage, figures);
  }
  std::filesystem::remove_all(stage.directory);
  figures.print();
  return figures.all_good() ? 0 : 1;
}

}  // namespace
}  // namespace sockchat::abuse

int main(int argc, char** argv) {
  const int status =
      sockchat::abuse::run(std::span(argv + 1, static_cast<std::size_t>(std::max(argc - 1, 0))));
  if (status == 2) std::fputs(sockchat::abuse::kUsage, stderr);
  return status;
}
