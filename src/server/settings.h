// Everything that can be set for serving, in one table: the options of the command line and the names of the
// configuration file come from it. (The limits are a table of their own, base/limits.h.) Pure; static
// storage.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/options.h"
#include "sockchat/base/result.h"

namespace sockchat::server {

enum class SettingKind : std::uint8_t { text, number, choice, flag };

struct Setting {
  std::string_view name;  // in the configuration file
  // Of the command line: "-d,--log-level"; without a dash it is an argument that goes by its place.
  std::string_view flags;
  SettingKind kind;
  std::string_view value;  // as the help calls it: "FILE", "closed|open"
  std::string_view summary;
  // Takes a text as on the command line. The error (bad_argument) says what would have been right.
  Result<void> (*assign)(ServeOptions& options, std::string_view text);
  // What assign() would take to come to the same. Nothing: it is not set, and there is no word for that.
  std::optional<std::string> (*show)(const ServeOptions& options);
};

// In the order of the help; those that go by their place come first, and are in the order of their places.
[[nodiscard]] std::span<const Setting> settings();

// Null for a name that nothing has.
[[nodiscard]] const Setting* find_setting(std::string_view name);

// What no setting can see alone: some exclude each other, or need each other.
[[nodiscard]] Result<void> check_together(const ServeOptions& options);

}  // namespace sockchat::server
