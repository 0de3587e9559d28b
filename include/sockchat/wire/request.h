// The envelope of what a client sends: command, data, id, cid. The whole object is validated; see
// docs/PROTOCOL.md.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sockchat/base/result.h"
#include "sockchat/wire/request_id.h"

namespace sockchat::wire {

inline constexpr std::size_t kCidBytesMax = 64;

// The commands to a server that take a cid.
inline constexpr std::array<std::string_view, 2> kCidCommands{"message", "broadcast"};

// The views are good until the reader's next read().
struct Request {
  std::string_view command;
  std::span<const std::string_view> data;
  RequestId id;
  std::optional<std::string_view> cid;
};

// What was read. With an error (bad_request), `request` holds command and id as far as they could be read,
// for the reply; the rest must not be used.
struct RequestReading {
  Request request;
  std::optional<Error> error;
};

// Reuses its memory from request to request. One thread.
class RequestReader final {
 public:
  // Between peers other commands take a cid than on the way to a server. `cid_commands` must outlive the
  // reader.
  explicit RequestReader(std::span<const std::string_view> cid_commands = kCidCommands);
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;
  ~RequestReader();

  // `json` must have 64 readable bytes behind it. Never throws; refuses everything that PROTOCOL.md refuses:
  // unknown and duplicate members, wrong types, junk behind the object, invalid UTF-8 and lone surrogates,
  // too much depth, more than 32 members.
  RequestReading read(std::span<char> json);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Appends a request as one frame: the client's side. `data` is left out when it is empty.
void append_request(std::string& out, std::string_view command, std::span<const std::string_view> data,
                    const RequestId& id = {}, std::optional<std::string_view> cid = std::nullopt);

}  // namespace sockchat::wire
