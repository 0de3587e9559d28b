// Runs a fuzz target over files, without a fuzzer: each argument is a file, or a directory whose files are
// taken. Says how many it ran, and fails when there was none: a corpus that went missing must not look like a
// pass.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "fuzz_input.h"

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_of(std::span<char*> places) {
  std::vector<fs::path> files;
  for (const fs::path place : places) {
    if (fs::is_directory(place)) {
      for (const auto& entry : fs::recursive_directory_iterator(place)) {
        if (entry.is_regular_file()) files.push_back(entry.path());
      }
    } else if (fs::exists(place)) {
      files.push_back(place);
    }
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<fs::path> files = files_of(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
  for (const fs::path& file : files) {
    std::ifstream stream(file, std::ios::binary);
    // As bytes that libFuzzer would hand over: their own block, so that a sanitizer knows its end.
    const std::vector<std::uint8_t> input{std::istreambuf_iterator<char>(stream),
                                          std::istreambuf_iterator<char>()};
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  fmt::print("{}: {} inputs\n", fs::path(argv[0]).filename().string(), files.size());
  return files.empty() ? 1 : 0;
}
