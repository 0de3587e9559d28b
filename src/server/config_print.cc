#include "server/config_print.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <iterator>
#include <limits>
#include <string_view>

#include "server/config_file.h"
#include "server/configuration.h"
#include "server/settings.h"
#include "sockchat/base/check.h"
#include "sockchat/base/limits.h"

namespace sockchat::server {
namespace {

constexpr auto kSizes = std::to_array<std::pair<std::size_t, std::string_view>>(
    {{std::size_t{1} << 30, "GiB"}, {std::size_t{1} << 20, "MiB"}, {std::size_t{1} << 10, "KiB"}});

std::string in_quotes(std::string_view text) {
  std::string quoted = "\"";
  for (const char byte : text) {
    const auto code = static_cast<unsigned char>(byte);
    if (code < 0x20 || code == 0x7f) {
      fmt::format_to(std::back_inserter(quoted), "\\u{:04x}", code);
    } else {
      if (byte == '"' || byte == '\\') quoted += '\\';
      quoted += byte;
    }
  }
  return quoted + '"';
}

std::string value_of(const LimitSpec& spec, std::size_t value) {
  if (spec.unit == LimitUnit::bytes && value > 0) {
    for (const auto& [size, suffix] : kSizes) {
      if (value % size == 0) return fmt::format("\"{}{}\"", value / size, suffix);
    }
  }
  return fmt::to_string(value);
}

// Without an exponent, which set_limit() does not take.
std::string in_digits(double value) {
  std::array<char, 512> digits;  // the longest has 326
  const auto [end, problem] =
      std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
  SOCKCHAT_CHECK(problem == std::errc());
  return {digits.data(), end};
}

std::string value_of(const LimitSpec&, double value) { return in_digits(value); }

// It was rounded when it became nanoseconds, and is again when it becomes seconds or days: the number that it
// was is one of the nearest.
std::string value_of(const LimitSpec& spec, Duration value) {
  constexpr int kNeighbours = 8;
  const double seconds = std::chrono::duration<double>(value).count();
  double below = spec.unit == LimitUnit::days ? seconds / 86'400 : seconds;
  double above = below;
  for (int i = 0; i < kNeighbours; ++i) {
    for (const double candidate : {below, above}) {
      Limits limits;
      const std::string text = in_digits(candidate);
      if (set_limit(limits, fmt::format("{}={}", spec.name, text)) &&
          limits.*std::get<Duration Limits::*>(spec.field) == value)
        return text;
    }
    below = std::nextafter(below, 0);
    above = std::nextafter(above, std::numeric_limits<double>::infinity());
  }
  return in_digits(seconds);
}

}  // namespace

Result<std::string> print_config(const ServeOptions& options) {
  std::string text = "# sockchat-server: what can be set, and how it is set.\n";
  const auto out = std::back_inserter(text);
  for (const Setting& setting : settings()) {
    fmt::format_to(out, "\n# {}{}{}\n", setting.value, setting.value.empty() ? "" : ": ", setting.summary);
    const auto shown = setting.show(options);
    const bool has_quotes = setting.kind == SettingKind::text || setting.kind == SettingKind::choice;
    if (!shown) {
      fmt::format_to(out, "# {} is not set.\n", setting.name);
    } else {
      fmt::format_to(out, "{} = {}\n", setting.name, has_quotes ? in_quotes(*shown) : *shown);
    }
  }
  text += "\n# Sizes may be written as \"64KiB\", \"16MiB\", \"1GiB\".\n[limits]\n";
  for (const LimitSpec& spec : limit_specs()) {
    const auto value =
        std::visit([&](auto field) { return value_of(spec, options.limits.*field); }, spec.field);
    fmt::format_to(out, "{} = {}  # {}\n", spec.name, value, spec.summary);
  }

  const auto read = parse_config(text, "--print-config");
  if (!read)
    return fail(Errc::bad_argument, fmt::format("this cannot be written as TOML: {}", read.error().text));
  ServeOptions same;
  assign_all(same, *read);
  if (const auto lost = differences(options, same); !lost.empty())
    return fail(Errc::bad_argument, fmt::format("{} cannot be written as TOML", lost.front()));
  return text;
}

}  // namespace sockchat::server
