#include "checker/arguments.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "sockchat/base/planted.h"

namespace sockchat::checker {
namespace {

bool set_number(std::string_view text, std::uint64_t smallest, std::uint64_t largest, std::uint64_t& number) {
  const auto [rest, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && rest == text.data() + text.size() && number >= smallest &&
         number <= largest;
}

bool is_plant(std::string_view name) {
  return std::ranges::find(kPlants, name, &PlantName::name) != kPlants.end();
}

bool set_option(Arguments& arguments, std::string_view name, const std::string& value) {
  constexpr std::uint64_t kMany = 1'000'000'000;
  if (name == "--server") return arguments.server = value, !value.empty();
  if (name == "--plant") return arguments.plant = value, is_plant(value);
  if (name == "--seed") return set_number(value, 0, ~std::uint64_t{0}, arguments.seed.emplace());
  if (name == "--runs") return set_number(value, 1, kMany, arguments.runs);
  // The herald, who has the last word for everybody, and enough others to block each other.
  if (name == "--users") return set_number(value, 4, 1000, arguments.users);
  if (name == "--operations") return set_number(value, 1, kMany, arguments.operations);
  if (name == "--seconds") return set_number(value, 1, kMany, arguments.seconds);
  return false;
}

bool is_whole(const Arguments& arguments) {
  const std::string& command = arguments.command;
  if (command == "run") return !arguments.server.empty() && arguments.names.empty();
  if (command == "proof") return !arguments.server.empty() && std::ranges::all_of(arguments.names, is_plant);
  if (command == "check") return arguments.names.size() == 1;
  return command == "plants" && arguments.names.empty();
}

}  // namespace

std::optional<Arguments> parse(const std::vector<std::string>& words) {
  Arguments arguments;
  if (words.empty()) return std::nullopt;
  arguments.self = words[0];
  for (std::size_t index = 1; index < words.size(); ++index) {
    const std::string& word = words[index];
    if (word.starts_with("--")) {
      if (index + 1 == words.size() || !set_option(arguments, word, words[index + 1])) return std::nullopt;
      ++index;
    } else if (arguments.command.empty()) {
      arguments.command = word;
    } else {
      arguments.names.push_back(word);
    }
  }
  if (!is_whole(arguments)) return std::nullopt;
  return arguments;
}

}  // namespace sockchat::checker
