// The command line of the checker.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sockchat::checker {

struct Arguments {
  std::string self;     // how it was called
  std::string command;  // run, check, proof or plants
  std::string server;
  std::string plant;
  std::optional<std::uint64_t> seed;
  std::uint64_t runs = 1;
  std::uint64_t users = 50;
  std::uint64_t operations = 20'000;
  std::uint64_t seconds = 300;
  std::vector<std::string> names;  // of a file, or of plants
};

// The words as main() has them, the first included. None for wrong usage.
[[nodiscard]] std::optional<Arguments> parse(const std::vector<std::string>& words);

}  // namespace sockchat::checker
