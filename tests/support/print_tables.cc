// Prints the tables of docs/PROTOCOL.md from the code's own: `print_tables commands|errors|limits`.
#include <fmt/format.h>

#include <cstdio>
#include <string_view>

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
  for (int code = 0; code <= static_cast<int>(Errc::not_blocked); ++code) {
    fmt::print("{}`{}`", code == 0 ? "" : ", ", name_of(static_cast<Errc>(code)));
  }
  fmt::print("\n");
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view what = count == 2 ? arguments[1] : "";
  if (what == "commands") return print_commands(), 0;
  if (what == "errors") return print_errors(), 0;
  if (what == "limits") return fmt::print("```\n{}```\n", describe_limits()), 0;
  fmt::print(stderr, "usage: print_tables commands|errors|limits\n");
  return 2;
}
