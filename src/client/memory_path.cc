#include "client/memory_path.h"

#include <fmt/format.h>

#include <iterator>

namespace sockchat::client {
namespace {

// File names have 255 bytes, and ours get endings.
constexpr std::size_t kNameBytesMax = 200;
constexpr std::string_view kPlain = "-_:.[]";

bool is_plain(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || (c >= '0' && c <= '9') || kPlain.find(c) != std::string_view::npos;
}

}  // namespace

std::optional<std::string> state_folder(const char* xdg_state_home, const char* home) {
  const std::string_view state = xdg_state_home == nullptr ? "" : xdg_state_home;
  // Relative paths are to be ignored: that is what the XDG rules say.
  if (state.starts_with('/')) return fmt::format("{}/sockchat", state);
  const std::string_view own = home == nullptr ? "" : home;
  if (own.starts_with('/')) return fmt::format("{}/.local/state/sockchat", own);
  return std::nullopt;
}

std::optional<std::string> file_name_of(std::string_view foreign) {
  std::string name;
  for (const char c : foreign) {
    const bool hides = c == '.' && name.empty();
    if (is_plain(c) && !hides) {
      name += c;
    } else {
      fmt::format_to(std::back_inserter(name), "%{:02x}", static_cast<unsigned char>(c));
    }
    if (name.size() > kNameBytesMax) return std::nullopt;
  }
  if (name.empty()) return std::nullopt;
  return name;
}

}  // namespace sockchat::client
