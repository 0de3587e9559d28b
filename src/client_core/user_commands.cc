#include "sockchat/client_core/user_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sockchat::client_core {
namespace {

using enum CommandKind;

constexpr auto kUserCommands = std::to_array<UserCommand>({
    {"message", "message <user> <message>",
     "Send a message to one user; it waits for them when they are offline.", message, 1, 1, true},
    {"broadcast", "broadcast <message>", "Send a message to everyone who is online.", message, 0, 0, true},
    {"whoelse", "whoelse", "Who else is online.", request, 0, 0, false},
    {"whoelsesince", "whoelsesince <seconds>", "Who else was online at any moment of the last seconds.",
     request, 1, 1, false},
    {"block", "block <user>", "Refuse messages of a user, and hide from them.", request, 1, 1, false},
    {"unblock", "unblock <user>", "Take back a block.", request, 1, 1, false},
    {"blocked", "blocked", "Whom you block.", request, 0, 0, false},
    {"history", "history <user|*> [count] [before]",
     "What you and a user wrote, or the broadcasts (*): the newest 50, or those before a message.", history,
     1, 3, false},
    {"search", "search <words>", "Messages of yours with all of these words, newest first.", request, 0, 0,
     true},
    {"sessions", "sessions [count]", "Your own logins, newest first.", request, 0, 1, false},
    {"startprivate", "startprivate <user>", "Ask a user for a private chat, from your computer to theirs.",
     start_private, 1, 1, false},
    {"y", "y [user]", "Yes to who asks for a private chat.", answer, 0, 1, false},
    {"n", "n [user]", "No to who asks for a private chat.", answer, 0, 1, false},
    {"private", "private <user> <message>", "Send a message in a private chat.", private_text, 1, 1, true},
    {"stopprivate", "stopprivate <user>", "End a private chat.", stop_private, 1, 1, false},
    {"verify", "verify <user>",
     "Show the safety number with a user; it is the same on both screens when nobody is in between.", verify,
     1, 1, false},
    {"trust", "trust <user>", "Accept the new key of a user.", trust, 1, 1, false},
    {"passwd", "passwd", "Change your password.", passwd, 0, 0, false},
    {"help", "help [command]", "All commands, or one.", help, 0, 1, false},
    {"logout", "logout", "Log out and end; so do end of input and Ctrl-C.", logout, 0, 0, false},
});

constexpr std::size_t kUsageColumns = std::ranges::max(kUserCommands, {}, [](const UserCommand& command) {
                                        return command.usage.size();
                                      }).usage.size();

void skip_spaces(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
}

// Up to the next space, which stays.
std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

}  // namespace

std::span<const UserCommand> user_commands() { return kUserCommands; }

const UserCommand* find_user_command(std::string_view name) {
  const auto* found = std::ranges::find(kUserCommands, name, &UserCommand::name);
  return found == kUserCommands.end() ? nullptr : found;
}

ParsedLine parse_line(std::string_view line) {
  skip_spaces(line);
  if (line.empty()) return NothingTyped{};
  const UserCommand* command = find_user_command(take_word(line));
  if (command == nullptr) return UnknownTyped{};

  Typed typed{command, {}};
  while (typed.arguments.size() < command->words_max) {
    std::string_view rest = line;
    skip_spaces(rest);
    if (rest.empty()) break;
    typed.arguments.push_back(take_word(rest));
    line = rest;
  }
  bool right = typed.arguments.size() >= command->words_min;
  if (command->text) {
    // `line` is empty or starts with the one space that does not belong to the text.
    right = right && line.size() > 1;
    if (right) typed.arguments.push_back(line.substr(1));
  } else {
    skip_spaces(line);
    right = right && line.empty();
  }
  if (!right) return WrongArguments{command};
  return typed;
}

std::vector<std::string_view> history_arguments(std::span<const std::string_view> typed) {
  constexpr std::string_view kFromTheNewest = "0";
  if (typed.size() < 2) return {typed.begin(), typed.end()};
  return {typed[0], typed.size() > 2 ? typed[2] : kFromTheNewest, typed[1]};
}

std::string usage_of(const UserCommand& command) { return fmt::format("Usage: {}", command.usage); }

std::vector<std::string> describe_user_commands() {
  std::vector<std::string> lines;
  for (const UserCommand& command : kUserCommands) {
    lines.push_back(fmt::format("{:<{}}  {}", command.usage, kUsageColumns, command.summary));
  }
  return lines;
}

}  // namespace sockchat::client_core
