// The loader of credentials.txt against a second reading of its rules, and what it took written again. An
// error names the first line that is wrong.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "fuzz_input.h"
#include "sockchat/storage/credentials_file.h"

namespace sockchat {
namespace {

constexpr std::size_t kNameMax = 32;
constexpr std::size_t kPasswordMax = 64;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines(1);
  for (const char byte : text) {
    if (byte == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += byte;
    }
  }
  for (std::string& line : lines) {
    if (line.ends_with('\r')) line.pop_back();
  }
  return lines;
}

bool is_word(std::string_view text, std::size_t bytes_max) {
  return !text.empty() && text.size() <= bytes_max &&
         std::ranges::all_of(text, [](char byte) { return byte > 0x20 && byte < 0x7F; });
}

// The number of the first line that must be refused; 0 when there is none.
std::size_t first_fault(const std::vector<std::string>& lines) {
  std::set<std::string> names;
  for (std::size_t index = 0; index < lines.size(); ++index) {
    const std::string& line = lines[index];
    if (line.empty()) continue;
    const std::size_t space = std::min(line.find(' '), line.size());
    const bool is_fine = space < line.size() && is_word(line.substr(0, space), kNameMax) &&
                         is_word(line.substr(space + 1), kPasswordMax) &&
                         names.insert(line.substr(0, space)).second;
    if (!is_fine) return index + 1;
  }
  return 0;
}

}  // namespace
}  // namespace sockchat

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockchat;
  const std::string_view text = fuzz::text_of(data, size);
  const std::vector<std::string> lines = lines_of(text);
  const std::size_t fault = first_fault(lines);
  const auto users = storage::parse_credentials(text, kNameMax, kPasswordMax);
  SOCKCHAT_CHECK(users.has_value() == (fault == 0));
  if (!users) {
    SOCKCHAT_CHECK(users.error().code == Errc::bad_argument);
    SOCKCHAT_CHECK(users.error().text.starts_with(fmt::format("line {}: ", fault)));
    return 0;
  }
  auto line = lines.begin();
  for (const storage::Credential& user : *users) {
    while (line->empty()) ++line;
    SOCKCHAT_CHECK(*line++ == fmt::format("{} {}", user.name.text(), user.password.reveal()));
  }
  SOCKCHAT_CHECK(std::all_of(line, lines.end(), [](const std::string& rest) { return rest.empty(); }));
  return 0;
}
