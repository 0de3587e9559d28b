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
