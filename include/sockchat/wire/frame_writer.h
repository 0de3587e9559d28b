// Writes one JSON object as one frame at the end of a string, in one pass: members in the order of the calls,
// the length patched in by finish(). Escapes `"`, `\` and U+0000 to U+001F; strings must be valid UTF-8 (what
// came over the wire was checked on entry). One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "sockchat/base/time.h"
#include "sockchat/wire/request_id.h"

namespace sockchat::wire {

class FrameWriter final {
 public:
  // Reserves the header. `out` must stay until finish().
  explicit FrameWriter(std::string& out);
  FrameWriter(const FrameWriter&) = delete;
  FrameWriter& operator=(const FrameWriter&) = delete;

  FrameWriter& text(std::string_view member, std::string_view value);
  FrameWriter& number(std::string_view member, std::uint64_t value);
  FrameWriter& flag(std::string_view member, bool value);
  FrameWriter& null(std::string_view member);
  // RFC 3339 in UTC with milliseconds: "2026-11-22T12:00:00.123Z".
  FrameWriter& time(std::string_view member, WallTime value);
  // Nothing when the id is absent.
  FrameWriter& id(const RequestId& id);

  FrameWriter& begin_list(std::string_view member);
  FrameWriter& item(std::string_view value);
  FrameWriter& end_list();
  FrameWriter& list(std::string_view member, std::span<const std::string_view> values);
  FrameWriter& begin_object(std::string_view member);
  // The same as an item of a list.
  FrameWriter& begin_object();
  FrameWriter& end_object();

  // Bytes of the JSON text so far.
  [[nodiscard]] std::size_t size() const;
  // Closes the object and writes the length. Once, and last.
  void finish();

 private:
  void name(std::string_view member);
  void separate();

  std::string& out_;
  const std::size_t start_;
  bool first_ = true;
};

// Appends the JSON string literal of `text`, quotes included.
void append_json_string(std::string& out, std::string_view text);
// Appends "2026-11-22T12:00:00.123Z".
void append_rfc3339(std::string& out, WallTime time);

}  // namespace sockchat::wire
