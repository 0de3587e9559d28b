// B4: frames that cost much to look at. Each is judged by the least of some runs: what the machine adds is
// not theirs.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "abuse/rows.h"
#include "sockchat/wire/request.h"

namespace sockchat::abuse {
namespace {

constexpr std::size_t kFrame = 64 * 1024;
constexpr int kRuns = 50;
constexpr double kMsMax = 1;

std::string repeated(std::string_view piece, std::size_t bytes) {
  std::string text;
  while (text.size() + piece.size() <= bytes) text += piece;
  return text;
}

std::vector<std::pair<std::string, std::string>> bombs() {
  std::string keys = "{";
  for (int n = 0; keys.size() < kFrame - 32; ++n) keys += fmt::format(R"("k{}":0,)", n);
  keys += R"("command":"ping"})";
  const std::string start = R"({"command":"ping","data":)";
  return {
      {"brackets", repeated("[", kFrame)},
      {"braces", repeated("{\"a\":", kFrame)},
      {"brackets in the data", start + repeated("[", kFrame - 64)},
      {"as many members as fit", keys},
      {"a number without end", R"({"command":"ping","id":)" + repeated("9", kFrame - 64) + "}"},
      {"a fraction without end", R"({"command":"ping","id":0.)" + repeated("1", kFrame - 64) + "}"},
      {"as many arguments as fit", start + "[" + repeated("\"\",", kFrame - 64) + "\"\"]}"},
      {"escapes", R"({"command":"message","data":["a",")" + repeated("\\u0041", kFrame - 64) + "\"]}"},
      {"a quote that never ends", R"({"command":")" + repeated("x", kFrame - 64)},
      {"blanks", R"({"command":"ping")" + repeated(" ", kFrame - 64) + "}"},
  };
}

double cpu_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

}  // namespace

void attack_bombs(const Stage&, Figures& figures) {
  wire::RequestReader reader;
  for (const auto& [name, json] : bombs()) {
    double least = kMsMax * 1000;
    for (int run = 0; run < kRuns; ++run) {
      std::string padded = json + std::string(64, '\0');
      const double began = cpu_ms();
      const auto request = reader.read(std::span(padded).first(json.size()));
      least = std::min(least, cpu_ms() - began);
      static_cast<void>(request);
    }
    figures.at_most("B4", fmt::format("one frame of {}", name), least, kMsMax, " ms");
  }
}

}  // namespace sockchat::abuse
