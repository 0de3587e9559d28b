#include "checker/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <istream>
#include <utility>

#include "storage/fnv1a.h"

namespace sockchat::checker {
namespace {

constexpr auto kKinds = std::to_array<std::pair<Kind, std::string_view>>({
    {Kind::fact, "fact"},
    {Kind::send, "send"},
    {Kind::send_ok, "send_ok"},
    {Kind::send_fail, "send_fail"},
    {Kind::send_info, "send_info"},
    {Kind::block, "block"},
    {Kind::unblock, "unblock"},
    {Kind::change_ok, "change_ok"},
    {Kind::change_fail, "change_fail"},
    {Kind::change_info, "change_info"},
    {Kind::login, "login"},
    {Kind::resume, "resume"},
    {Kind::enter_ok, "enter_ok"},
    {Kind::enter_fail, "enter_fail"},
    {Kind::enter_info, "enter_info"},
    {Kind::logout, "logout"},
    {Kind::logout_ok, "logout_ok"},
    {Kind::lost, "lost"},
    {Kind::deliver, "deliver"},
    {Kind::shown, "shown"},
    {Kind::ack, "ack"},
    {Kind::nemesis_begin, "nemesis_begin"},
    {Kind::nemesis_end, "nemesis_end"},
    {Kind::server_ended, "server_ended"},
    {Kind::drained, "drained"},
    {Kind::integrity, "integrity"},
    {Kind::stored, "stored"},
    {Kind::stored_block, "stored_block"},
    {Kind::stored_cursor, "stored_cursor"},
});

std::string_view name_of(Kind kind) { return kKinds[static_cast<std::size_t>(kind)].second; }

std::string person(int user) {
  if (user == kEverybody) return "*";
  if (user == kStranger) return "?";
  return user < 0 ? "-" : fmt::format("u{}", user);
}

std::string number(std::uint64_t value) { return value == 0 ? "-" : fmt::to_string(value); }

std::string_view next_word(std::string_view& rest) {
  const std::size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

template <class Number>
bool parse(std::string_view word, Number& value, int base = 10) {
  const char* const end = word.data() + word.size();
  const auto [rest, problem] = std::from_chars(word.data(), end, value, base);
  return !word.empty() && problem == std::errc() && rest == end;
}

bool parse_person(std::string_view word, int& user) {
  if (word == "-") return user = kNobody, true;
  if (word == "*") return user = kEverybody, true;
  if (word == "?") return user = kStranger, true;
  return word.starts_with('u') && parse(word.substr(1), user) && user >= 0;
}

bool parse_number(std::string_view word, std::uint64_t& value, int base = 10) {
  if (word == "-") return value = 0, true;
  return parse(word, value, base);
}

bool parse_kind(std::string_view word, Kind& kind) {
  const auto found = std::ranges::find(kKinds, word, &std::pair<Kind, std::string_view>::second);
  if (found == kKinds.end()) return false;
  kind = found->first;
  return true;
}

}  // namespace

std::string to_line(const Event& event) {
  const std::string hash = event.hash == 0 ? "-" : fmt::format("{:x}", event.hash);
  return fmt::format("{} {} {} {} {} {} {} {} {}", event.at, name_of(event.kind), person(event.user),
                     person(event.peer), number(event.call), number(event.session), number(event.mid), hash,
                     event.word.empty() ? "-" : event.word);
}

std::optional<Event> parse_line(std::string_view line) {
  Event event;
  const bool good = parse(next_word(line), event.at) && parse_kind(next_word(line), event.kind) &&
                    parse_person(next_word(line), event.user) && parse_person(next_word(line), event.peer) &&
                    parse_number(next_word(line), event.call) &&
                    parse_number(next_word(line), event.session) &&
                    parse_number(next_word(line), event.mid) && parse_number(next_word(line), event.hash, 16);
  if (!good || line.empty()) return std::nullopt;
  if (line != "-") event.word = line;
  return event;
}

std::optional<History> read_history(std::istream& from, std::size_t& bad_line) {
  History history;
  std::string line;
  for (bad_line = 1; std::getline(from, line); ++bad_line) {
    auto event = parse_line(line);
    if (!event) return std::nullopt;
    history.push_back(std::move(*event));
  }
  bad_line = 0;
  return history;
}

std::uint64_t hash_of(std::string_view text) {
  return std::max<std::uint64_t>(storage::Fnv1a().add(text).value(), 1);
}

}  // namespace sockchat::checker
