#include "sockchat/wire/requests.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

namespace sockchat::wire {
namespace {

// Ids are kept as signed 64-bit numbers by stores.
constexpr std::uint64_t kMessageIdMax = std::numeric_limits<std::int64_t>::max();

tl::unexpected<Error> wrong_arguments(const Request& request, std::string_view wanted) {
  return fail(Errc::bad_argument, fmt::format("{} takes {}.", request.command, wanted));
}

// The three shapes that most commands have.

template <class Command>
Result<Command> decode_nothing(const Request& request) {
  if (!request.data.empty()) return wrong_arguments(request, "no arguments");
  return Command{};
}

template <class Command>
Result<Command> decode_one(const Request& request, std::string_view wanted) {
  if (request.data.size() != 1) return wrong_arguments(request, wanted);
  return Command{request.data[0]};
}

template <class Command>
Result<Command> decode_two(const Request& request, std::string_view wanted) {
  if (request.data.size() != 2) return wrong_arguments(request, wanted);
  return Command{request.data[0], request.data[1]};
}

// The optional last argument of what returns a page.
Result<std::size_t> decode_count(const Request& request, std::size_t position) {
  if (request.data.size() <= position) return std::size_t{kPageCount};
  const auto count = decode_number(request.data[position], kPageCountMax);
  if (!count || *count == 0) return fail(Errc::bad_argument);
  return std::size_t{*count};
}

}  // namespace

Result<Hello> Hello::decode(const Request& request) { return Hello{request.data}; }

Result<Login> Login::decode(const Request& request) {
  return decode_two<Login>(request, "a user and a password");
}

Result<Register> Register::decode(const Request& request) {
  return decode_two<Register>(request, "a user and a password");
}

Result<Passwd> Passwd::decode(const Request& request) {
  return decode_two<Passwd>(request, "the old and the new password");
}

Result<Resume> Resume::decode(const Request& request) {
  constexpr std::string_view kWanted = "a token and the newest message id that you have, or 0";
  if (request.data.size() != 2) return wrong_arguments(request, kWanted);
  const auto last = decode_number(request.data[1], kMessageIdMax);
  if (!last) return wrong_arguments(request, kWanted);
  return Resume{request.data[0], MessageId(*last)};
}

Result<Logout> Logout::decode(const Request& request) { return decode_nothing<Logout>(request); }

Result<Message> Message::decode(const Request& request) {
  return decode_two<Message>(request, "a user and a text");
}

Result<Broadcast> Broadcast::decode(const Request& request) {
  return decode_one<Broadcast>(request, "a text");
}

Result<Ack> Ack::decode(const Request& request) {
  if (request.data.size() != 1) return wrong_arguments(request, "a message id");
  const auto mid = decode_number(request.data[0], kMessageIdMax);
  if (!mid) return wrong_arguments(request, "a message id");
  return Ack{MessageId(*mid)};
}

Result<History> History::decode(const Request& request) {
  constexpr std::string_view kWanted = "a user or *, then a message id or 0, then a count up to 200";
  if (request.data.empty() || request.data.size() > 3) return wrong_arguments(request, kWanted);
  const auto before = request.data.size() > 1 ? decode_number(request.data[1], kMessageIdMax)
                                              : Result<std::uint64_t>(std::uint64_t{0});
  const auto count = decode_count(request, 2);
  if (!before || !count) return wrong_arguments(request, kWanted);
  return History{request.data[0], MessageId(*before), *count};
}

Result<Search> Search::decode(const Request& request) {
  constexpr std::string_view kWanted = "words to look for, then a count up to 200";
  if (request.data.empty() || request.data.size() > 2) return wrong_arguments(request, kWanted);
  const auto count = decode_count(request, 1);
  if (!count) return wrong_arguments(request, kWanted);
  return Search{request.data[0], *count};
}

Result<Sessions> Sessions::decode(const Request& request) {
  constexpr std::string_view kWanted = "nothing, or a count up to 200";
  if (request.data.size() > 1) return wrong_arguments(request, kWanted);
  const auto count = decode_count(request, 0);
  if (!count) return wrong_arguments(request, kWanted);
  return Sessions{*count};
}

Result<WhoElse> WhoElse::decode(const Request& request) { return decode_nothing<WhoElse>(request); }

Result<WhoElseSince> WhoElseSince::decode(const Request& request) {
  if (request.data.size() != 1) return wrong_arguments(request, "a number of seconds");
  const auto seconds = decode_number(request.data[0], kSinceSecondsMax);
  if (!seconds) return wrong_arguments(request, "a number of seconds");
  return WhoElseSince{*seconds};
}

Result<Block> Block::decode(const Request& request) { return decode_one<Block>(request, "a user"); }

Result<Unblock> Unblock::decode(const Request& request) { return decode_one<Unblock>(request, "a user"); }

Result<Blocked> Blocked::decode(const Request& request) { return decode_nothing<Blocked>(request); }

Result<Ping> Ping::decode(const Request& request) { return decode_nothing<Ping>(request); }

Result<Pong> Pong::decode(const Request& request) { return decode_nothing<Pong>(request); }

Result<std::uint64_t> decode_number(std::string_view text, std::uint64_t max) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, number);
  const bool led_by_zero = text.size() > 1 && text[0] == '0';
  if (problem != std::errc() || rest != end || led_by_zero || number > max) {
    return fail(Errc::bad_argument, fmt::format("It must be a whole number up to {}.", max));
  }
  return number;
}

}  // namespace sockchat::wire
