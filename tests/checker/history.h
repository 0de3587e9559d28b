// What was recorded of a run: one event a line, in the order of one host's monotonic clock. The clients, the
// nemesis and, at the end, the reader of the database write it; the checker reads nothing else.
//
// A line has the columns of an event, `-` for none:
//
//   AT KIND USER PEER CALL SESSION MID HASH WORD
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sockchat::checker {

inline constexpr int kNobody = -1;
inline constexpr int kEverybody = -2;  // the recipient of a broadcast
// Somebody whom the run does not know.
inline constexpr int kStranger = -3;

// Which columns count, beside AT and USER, is said behind each.
enum class Kind : std::uint8_t {
  fact,  // of the run: WORD is its name, MID its value
  // A content to send: one call, however many times it is asked. HASH is of the text; WORD: `reuse` for a
  // cid that stands for another content, and must be refused.
  send,       // PEER: recipient, or everybody; CALL HASH WORD
  send_ok,    // CALL MID
  send_fail,  // CALL WORD: the code
  send_info,  // CALL WORD: why the outcome is not known now
  // A change of a block list.
  block,        // PEER CALL
  unblock,      // PEER CALL
  change_ok,    // CALL
  change_fail,  // CALL WORD: the code
  change_info,  // CALL WORD
  // A session, from the request to log in to its end as the client saw it.
  login,       // SESSION
  resume,      // SESSION MID: the last one shown
  enter_ok,    // SESSION WORD: `resumed`, or `new`
  enter_fail,  // SESSION WORD: the code
  enter_info,  // SESSION
  logout,      // SESSION
  logout_ok,   // SESSION
  lost,        // SESSION WORD: why
  // What came. CALL is what the text says that it is.
  deliver,  // PEER: sender; CALL SESSION MID HASH WORD: `direct` or `broadcast`
  shown,    // CALL MID
  ack,      // SESSION MID
  // The world.
  nemesis_begin,  // WORD
  nemesis_end,    // WORD
  server_ended,   // by itself: WORD
  drained,        // WORD: `yes`, or what was waited for in vain
  // The store, after the run.
  integrity,      // WORD: `ok`, or what is wrong
  stored,         // USER: sender; PEER: recipient or everybody; CALL MID HASH
  stored_block,   // PEER
  stored_cursor,  // MID
};

struct Event {
  std::int64_t at = 0;  // nanoseconds
  Kind kind = Kind::fact;
  int user = kNobody;
  int peer = kNobody;
  std::uint64_t call = 0;
  std::uint64_t session = 0;
  std::uint64_t mid = 0;
  std::uint64_t hash = 0;
  std::string word{};
  bool operator==(const Event&) const = default;
};

using History = std::vector<Event>;

// Without the newline.
[[nodiscard]] std::string to_line(const Event& event);
// None for a line that is no event.
[[nodiscard]] std::optional<Event> parse_line(std::string_view line);
// The line that is no event is named in `bad_line`, counted from 1.
[[nodiscard]] std::optional<History> read_history(std::istream& from, std::size_t& bad_line);

// Of a text, for the HASH column; never 0.
[[nodiscard]] std::uint64_t hash_of(std::string_view text);

}  // namespace sockchat::checker
