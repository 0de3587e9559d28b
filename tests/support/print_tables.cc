// Prints the tables of docs/PROTOCOL.md and of the manual from the code's own: `print_tables
// commands|errors|limits|man-limits`.
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "sockchat/base/errc.h"
#include "sockchat/base/limits.h"
#include "sockchat/server_core/command_table.h"

namespace {

using namespace sockchat;

void print_commands() {
  fmt::print(
      "| command | access | data | ok reply: `data`, members | errors besides the common ones | what it does "
      "|\n");
  fmt::print("| --- | --- | --- | --- | --- | --- |\n");
  for (const server_core::CommandSpec& spec : server_core::command_specs()) {
    fmt::print("| `{}`{} | {} | {} | {} | {} | {} |\n", spec.name, spec.slow ? " *slow*" : "",
               server_core::access_text(spec.access), spec.data, spec.reply, spec.errors, spec.summary);
  }
}

void print_errors() {
  for (int code = 0; code <= static_cast<int>(Errc::no_session); ++code) {
    fmt::print("{}`{}`", code == 0 ? "" : ", ", name_of(static_cast<Errc>(code)));
  }
  fmt::print("\n");
}

std::string shown(const LimitSpec& spec, double value) {
  if (spec.unit == LimitUnit::bytes && value > 0) {
    for (const auto& [power, suffix] : {std::pair{30, "GiB"}, {20, "MiB"}, {10, "KiB"}}) {
      const double scaled = std::ldexp(value, -power);
      if (scaled == std::floor(scaled)) return fmt::format("{}{}", scaled, suffix);
    }
  }
  return fmt::format("{}", value);
}

std::string_view unit_of(const LimitSpec& spec) {
  switch (spec.unit) {
    case LimitUnit::bytes:
      return " bytes";
    case LimitUnit::seconds:
      return " seconds";
    case LimitUnit::days:
      return " days";
    case LimitUnit::per_second:
      return " a second";
    case LimitUnit::per_minute:
      return " a minute";
    case LimitUnit::count:
      break;
  }
  return "";
}

// Items of a list in mdoc(7), where a line must not start with a dot or a quote: none of these does.
void print_man_limits() {
  for (const LimitSpec& spec : limit_specs()) {
    const bool has_suffix = spec.unit == LimitUnit::bytes && shown(spec, spec.standard).ends_with("iB");
    fmt::print(".It Ic {} No = {}{} Pq {} to {}\n{}\n", spec.name, shown(spec, spec.standard),
               has_suffix ? "" : unit_of(spec), shown(spec, spec.smallest), shown(spec, spec.largest),
               spec.summary);
  }
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view what = count == 2 ? arguments[1] : "";
  if (what == "commands") return print_commands(), 0;
  if (what == "errors") return print_errors(), 0;
  if (what == "limits") return fmt::print("```\n{}```\n", describe_limits()), 0;
  if (what == "man-limits") return print_man_limits(), 0;
  fmt::print(stderr, "usage: print_tables commands|errors|limits|man-limits\n");
  return 2;
}
