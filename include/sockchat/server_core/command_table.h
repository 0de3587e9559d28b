// The commands of the server, as one table: dispatch follows it, and the tables of docs/PROTOCOL.md are
// printed from it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sockchat::wire {
struct Request;
}

namespace sockchat::server_core {

struct Context;

enum class Access : std::uint8_t { any, in, out };

// Which bucket of the sender's session a command draws on.
enum class Cost : std::uint8_t { none, message, broadcast, query };

struct CommandSpec {
  std::string_view name;
  Access access;
  bool slow;         // its reply may come out of turn
  bool is_activity;  // a valid one postpones the timeout
  Cost cost;
  // Decodes the arguments and runs the handler, or answers bad_argument.
  void (*run)(Context& context, const wire::Request& request);
  // For the protocol document.
  std::string_view data;
  std::string_view reply;
  std::string_view errors;
  std::string_view summary;
};

// Sorted by name; static storage.
[[nodiscard]] std::span<const CommandSpec> command_specs();
// Null for an unknown command. Exact and case-sensitive.
[[nodiscard]] const CommandSpec* find_command(std::string_view name);
// "any", "in" or "out".
[[nodiscard]] std::string_view access_text(Access access);

}  // namespace sockchat::server_core
