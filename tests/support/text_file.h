// Whole files, for tests that look into those that a program writes, or write what it is to read.
#pragma once

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace sockchat::test {

// Empty when it cannot be read.
inline std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write(const std::string& path, std::string_view bytes) {
  std::ofstream(path) << bytes;
  REQUIRE(content(path) == bytes);
}

}  // namespace sockchat::test
