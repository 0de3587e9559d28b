// One struct for each command: its arguments, with their number and form checked (bad_argument). What an
// argument means (a known user, a text that may be sent) is not known here. The views are those of the
// request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "sockchat/base/ids.h"
#include "sockchat/base/result.h"
#include "sockchat/wire/request.h"

namespace sockchat::wire {

inline constexpr std::uint64_t kSinceSecondsMax = 4'000'000'000;

// --- account

struct Hello {
  std::span<const std::string_view> features;
  static Result<Hello> decode(const Request& request);
};

struct Login {
  std::string_view user;
  std::string_view password;
  static Result<Login> decode(const Request& request);
};

struct Register {
  std::string_view user;
  std::string_view password;
  static Result<Register> decode(const Request& request);
};

struct Resume {
  std::string_view token;
  MessageId last;  // the newest message that the client has; none: from the confirmed position
  static Result<Resume> decode(const Request& request);
};

struct Passwd {
  std::string_view old_password;
  std::string_view new_password;
  static Result<Passwd> decode(const Request& request);
};

struct Logout {
  static Result<Logout> decode(const Request& request);
};

// --- messages

struct Message {
  std::string_view user;
  std::string_view text;
  static Result<Message> decode(const Request& request);
};

struct Broadcast {
  std::string_view text;
  static Result<Broadcast> decode(const Request& request);
};

struct Ack {
  MessageId up_to;
  static Result<Ack> decode(const Request& request);
};

// --- what was said, and when one was there

inline constexpr std::uint64_t kPageCountMax = 200;
inline constexpr std::uint64_t kPageCount = 50;  // when none is given

struct History {
  std::string_view user;  // "*": broadcasts
  MessageId before;       // none: from the newest
  std::size_t count;      // 1 to kPageCountMax
  static Result<History> decode(const Request& request);
};

struct Search {
  std::string_view words;
  std::size_t count;
  static Result<Search> decode(const Request& request);
};

struct Sessions {
  std::size_t count;
  static Result<Sessions> decode(const Request& request);
};

// --- who is there, who is refused

struct WhoElse {
  static Result<WhoElse> decode(const Request& request);
};

struct WhoElseSince {
  std::uint64_t seconds;  // at most kSinceSecondsMax
  static Result<WhoElseSince> decode(const Request& request);
};

struct Block {
  std::string_view user;
  static Result<Block> decode(const Request& request);
};

struct Unblock {
  std::string_view user;
  static Result<Unblock> decode(const Request& request);
};

struct Blocked {
  static Result<Blocked> decode(const Request& request);
};

// --- private chats

struct Listen {
  std::uint16_t port;    // 0: through the server only
  std::string_view key;  // the pin of the client's own key, 64 hex digits
  static Result<Listen> decode(const Request& request);
};

struct StartPrivate {
  std::string_view user;
  static Result<StartPrivate> decode(const Request& request);
};

struct Answer {
  std::string_view user;
  bool accepts;
  static Result<Answer> decode(const Request& request);
};

// What it carries is opaque; before base64 at most so many bytes.
inline constexpr std::size_t kRelayBytesMax = std::size_t{32} * 1024;

struct Relay {
  std::string_view user;
  std::string_view base64;
  static Result<Relay> decode(const Request& request);
};

struct StopPrivate {
  std::string_view user;
  static Result<StopPrivate> decode(const Request& request);
};

// The user was active where the server does not see it.
struct Active {
  static Result<Active> decode(const Request& request);
};

// --- life signs

struct Ping {
  static Result<Ping> decode(const Request& request);
};

struct Pong {
  static Result<Pong> decode(const Request& request);
};

// A decimal number without sign or leading zero (but "0" itself), at most `max`; bad_argument otherwise.
Result<std::uint64_t> decode_number(std::string_view text, std::uint64_t max);

}  // namespace sockchat::wire
