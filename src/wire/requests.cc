#include "sockchat/wire/requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "sockchat/wire/base64.h"

namespace sockchat::wire {
namespace {

// Ids are kept as signed 64-bit numbers by stores.
constexpr std::uint64_t kMessageIdMax = std::numeric_limits<std::int64_t>::max();

tl::unexpected<Error> wrong_arguments(const Request& request, std::string_view wanted) {
  return fail(Errc::bad_argument, fmt::format("{} takes {}.", request.command, wanted));
}

bool is_hex_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
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

Result<Listen> Listen::decode(const Request& request) {
  constexpr std::string_view kWanted = "a port or 0, and the SHA-256 of a public key in hex";
  constexpr std::size_t kKeyDigits = 64;
  if (request.data.size() != 2) return wrong_arguments(request, kWanted);
  const auto port = decode_number(request.data[0], std::numeric_limits<std::uint16_t>::max());
  const std::string_view key = request.data[1];
  const bool is_key = key.size() == kKeyDigits && std::ranges::all_of(key, is_hex_digit);
  if (!port || !is_key) return wrong_arguments(request, kWanted);
  return Listen{static_cast<std::uint16_t>(*port), key};
}

Result<StartPrivate> StartPrivate::decode(const Request& request) {
  return decode_one<StartPrivate>(request, "a user");
}

Result<Answer> Answer::decode(const Request& request) {
  constexpr std::string_view kWanted = "a user, and yes or no";
  if (request.data.size() != 2) return wrong_arguments(request, kWanted);
  const bool accepts = request.data[1] == "yes";
  if (!accepts && request.data[1] != "no") return wrong_arguments(request, kWanted);
  return Answer{request.data[0], accepts};
}

Result<Relay> Relay::decode(const Request& request) {
  constexpr std::string_view kWanted = "a user, and base64 of 1 to 32768 bytes";
  if (request.data.size() != 2) return wrong_arguments(request, kWanted);
  const auto size = base64_decoded_size(request.data[1]);
  if (!size || *size == 0 || *size > kRelayBytesMax) return wrong_arguments(request, kWanted);
  return Relay{request.data[0], request.data[1]};
}

Result<StopPrivate> StopPrivate::decode(const Request& request) {
  return decode_one<StopPrivate>(request, "a user");
}

Result<Active> Active::decode(const Request& request) { return decode_nothing<Active>(request); }

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
