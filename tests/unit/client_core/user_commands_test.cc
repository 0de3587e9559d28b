#include "sockchat/client_core/user_commands.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace sockchat::client_core {
namespace {

// "name|argument|argument", "usage", "unknown" or "nothing".
std::string parsed(std::string_view line) {
  const ParsedLine result = parse_line(line);
  if (std::holds_alternative<NothingTyped>(result)) return "nothing";
  if (std::holds_alternative<UnknownTyped>(result)) return "unknown";
  if (const auto* wrong = std::get_if<WrongArguments>(&result)) return usage_of(*wrong->command);
  const auto& typed = std::get<Typed>(result);
  std::string all(typed.command->name);
  for (const std::string_view argument : typed.arguments) all.append("|").append(argument);
  return all;
}

TEST_CASE("the text of a message is everything behind one space, byte for byte") {
  CHECK(parsed("message yoda Hey Dude") == "message|yoda|Hey Dude");
  CHECK(parsed("message yoda  two  spaces  ") == "message|yoda| two  spaces  ");
  CHECK(parsed("message yoda  ") == "message|yoda| ");
  CHECK(parsed("message yoda\ttab x") == "message|yoda\ttab|x");
  CHECK(parsed("broadcast  hello ") == "broadcast| hello ");
}

TEST_CASE("spaces around commands and words do not count") {
  CHECK(parsed("  message   yoda hi") == "message|yoda|hi");
  CHECK(parsed("whoelse  ") == "whoelse");
  CHECK(parsed(" block  hans ") == "block|hans");
}

TEST_CASE("a known command with wrong arguments gets its usage") {
  CHECK(parsed("message") == "Usage: message <user> <message>");
  CHECK(parsed("message yoda") == "Usage: message <user> <message>");
  CHECK(parsed("message yoda ") == "Usage: message <user> <message>");
  CHECK(parsed("broadcast") == "Usage: broadcast <message>");
  CHECK(parsed("broadcast ") == "Usage: broadcast <message>");
  CHECK(parsed("whoelse me") == "Usage: whoelse");
  CHECK(parsed("whoelsesince") == "Usage: whoelsesince <seconds>");
  CHECK(parsed("block hans luke") == "Usage: block <user>");
  CHECK(parsed("logout now") == "Usage: logout");
}

TEST_CASE("history takes a user, then how many, then before what, and sends them in the protocol's order") {
  const auto sent = [](std::string_view line) {
    const ParsedLine result = parse_line(line);
    std::string all;
    for (const std::string_view argument : history_arguments(std::get<Typed>(result).arguments))
      all.append("|").append(argument);
    return all;
  };
  CHECK(sent("history yoda") == "|yoda");
  CHECK(sent("history * 20") == "|*|0|20");
  CHECK(sent("history yoda 20 1842") == "|yoda|1842|20");
  CHECK(parsed("history") == "Usage: history <user|*> [count] [before]");
  CHECK(parsed("history yoda 1 2 3") == "Usage: history <user|*> [count] [before]");
}

TEST_CASE("the words of a search are all that follows") {
  CHECK(parsed("search falcon ship") == "search|falcon ship");
  CHECK(parsed("search") == "Usage: search <words>");
  CHECK(parsed("sessions") == "sessions");
  CHECK(parsed("sessions 5") == "sessions|5");
  CHECK(parsed("sessions 5 6") == "Usage: sessions [count]");
}

TEST_CASE("commands are exact, and nothing is nothing") {
  CHECK(parsed("Message yoda hi") == "unknown");
  CHECK(parsed("messages") == "unknown");
  CHECK(parsed("\twhoelse") == "unknown");
  CHECK(parsed("") == "nothing");
  CHECK(parsed("   ") == "nothing");
}

TEST_CASE("help has a line for every command, with its usage first") {
  const std::vector<std::string> lines = describe_user_commands();
  REQUIRE(lines.size() == user_commands().size());
  for (std::size_t i = 0; i < lines.size(); ++i) CHECK(lines[i].starts_with(user_commands()[i].usage));
}

TEST_CASE("usages start with the command's name, and only texts are bounded by nothing") {
  for (const UserCommand& command : user_commands()) {
    CAPTURE(command.name);
    CHECK(command.usage.starts_with(command.name));
    CHECK(find_user_command(command.name) == &command);
    CHECK(command.words_min <= command.words_max);
  }
}

}  // namespace
}  // namespace sockchat::client_core
