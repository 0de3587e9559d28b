// What users type in command mode: one table, from which the parser, `help` and `--help` are made. Pure; any
// thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sockchat::client_core {

enum class CommandKind : std::uint8_t {
  request,  // goes to the server under the same name
  message,  // the same, and carries a cid
  history,  // goes to the server with its arguments in another order
  passwd,   // asks for its arguments, without echo
  start_private,
  answer,  // y and n: commands only while somebody asks for a private chat
  private_text,
  stop_private,
  trust,
  verify,
  help,
  logout,
};

struct UserCommand {
  std::string_view name;
  std::string_view usage;
  std::string_view summary;
  CommandKind kind;
  std::uint8_t words_min;  // arguments without spaces
  std::uint8_t words_max;
  bool text;  // then one argument more: all that follows one space, byte for byte; never empty
};

// In the order in which `help` shows them. Static storage.
[[nodiscard]] std::span<const UserCommand> user_commands();
// nullptr when there is none of that name.
[[nodiscard]] const UserCommand* find_user_command(std::string_view name);

struct NothingTyped {};  // an empty line, or spaces only
struct UnknownTyped {};
struct WrongArguments {
  const UserCommand* command;
};
struct Typed {
  const UserCommand* command;
  std::vector<std::string_view> arguments;  // views into the line
};
using ParsedLine = std::variant<NothingTyped, UnknownTyped, WrongArguments, Typed>;

// Spaces before the command, and between it and a word, do not count; those of a text do.
[[nodiscard]] ParsedLine parse_line(std::string_view line);

// `history <user> [count] [before]` in the order of the protocol: user, before, count.
[[nodiscard]] std::vector<std::string_view> history_arguments(std::span<const std::string_view> typed);

// "Usage: message <user> <message>"
[[nodiscard]] std::string usage_of(const UserCommand& command);
// One line for each command, in columns.
[[nodiscard]] std::vector<std::string> describe_user_commands();

}  // namespace sockchat::client_core
