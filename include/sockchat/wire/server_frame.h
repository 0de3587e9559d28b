// What a client reads: a reply or an event. Members and events that the client does not know are ignored, so
// that servers may grow first; but a frame that is no JSON object, or lacks what its kind must have, is an
// error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "sockchat/base/result.h"
#include "sockchat/wire/request_id.h"

namespace sockchat::wire {

enum class ServerFrameKind : std::uint8_t { ok, error, event };

// One object of a reply's list: a message of `history` and `search`, or a login of `sessions`. What is
// absent, null or no text is empty.
struct ServerItem {
  std::string_view mid = {};
  std::string_view from = {};
  std::string_view to = {};  // "*": everybody
  std::string_view text = {};
  std::string_view time = {};
  std::string_view login = {};
  std::string_view logout = {};
  std::string_view reason = {};
  std::string_view address = {};

  bool operator==(const ServerItem&) const = default;
};

// More than any reply that a client can ask for; what goes beyond is left out.
inline constexpr std::size_t kServerItemsMax = 1000;

// The views are good until the reader's next read(). Members that are absent are empty, false or nullopt.
struct ServerFrame {
  ServerFrameKind kind = ServerFrameKind::event;
  std::string_view command;
  RequestId id;
  std::string_view code;                   // of an error
  std::span<const std::string_view> data;  // items that are no strings are left out
  std::span<const ServerItem> items;       // those that are objects
  std::string_view mid;
  std::string_view time;
  std::string_view delivery;
  std::string_view last_login;
  std::string_view session;               // of a private chat
  std::string_view role;                  // of an introduction: dial or listen
  std::string_view reason;                // why a private chat has ended, or does not begin
  std::string_view cut;                   // older messages than these were removed, at this time
  std::optional<std::string_view> token;  // a secret
  std::optional<std::uint64_t> attempts_left;
  std::optional<std::uint64_t> retry_after;
  std::optional<std::uint64_t> failed;
  std::optional<std::uint64_t> waiting;
  std::optional<std::uint64_t> expires;    // seconds
  std::optional<std::uint64_t> unindexed;  // so many of the newest messages cannot be found yet
  bool stored = false;
  bool skipped = false;
  bool more = false;
  bool resumed = false;
};

// Reuses its memory from frame to frame. One thread.
class ServerFrameReader final {
 public:
  ServerFrameReader();
  ServerFrameReader(const ServerFrameReader&) = delete;
  ServerFrameReader& operator=(const ServerFrameReader&) = delete;
  ~ServerFrameReader();

  // `json` must have 64 readable bytes behind it. The error is bad_frame.
  Result<ServerFrame> read(std::span<char> json);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sockchat::wire
