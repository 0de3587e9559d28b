// The configuration file: any bytes are a list of settings that the options take, or one line that names the
// file, the line and what is wrong, and that cannot disturb a terminal or a log.
#include <algorithm>
#include <charconv>
#include <string>

#include "fuzz_input.h"
#include "server/config_file.h"
#include "server/configuration.h"
#include "server/settings.h"

namespace sockchat {
namespace {

constexpr std::string_view kName = "sockchat.toml";

void check_sentence(const Error& error, std::size_t lines_max) {
  std::string_view text = error.text;
  SOCKCHAT_CHECK(error.code == Errc::bad_argument && text.starts_with(kName));
  SOCKCHAT_CHECK(std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  }));
  text.remove_prefix(kName.size());
  if (!text.starts_with(':')) return;
  std::size_t line = 0;
  std::from_chars(text.data() + 1, text.data() + text.size(), line);
  SOCKCHAT_CHECK(line >= 1 && line <= lines_max);
}

}  // namespace
}  // namespace sockchat

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockchat;
  const std::string_view text = fuzz::text_of(data, size);
  const auto assignments = server::parse_config(text, kName);
  if (!assignments) {
    check_sentence(assignments.error(), 1 + static_cast<std::size_t>(std::ranges::count(text, '\n')));
    return 0;
  }
  const auto combined = server::combine({}, *assignments);
  SOCKCHAT_CHECK(combined || (combined.error().code == Errc::bad_argument && !combined.error().text.empty()));
  if (!combined) return 0;
  // What is shown of a setting is what sets it: the same again.
  for (const server::Setting& setting : server::settings()) {
    const auto shown = setting.show(*combined);
    server::ServeOptions again;
    SOCKCHAT_CHECK(!shown || setting.assign(again, *shown).has_value());
    SOCKCHAT_CHECK(!shown || setting.show(again) == shown);
  }
  return 0;
}
