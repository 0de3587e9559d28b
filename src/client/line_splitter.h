// Bytes in any slices to lines. Wipes what it hands out: some lines are passwords. Pure; one thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "sockchat/base/byte_buffer.h"
#include "sockchat/base/secret.h"

namespace sockchat::client {

class LineSplitter final {
 public:
  // Of a longer line the rest is dropped: no frame can hold it anyway.
  static constexpr std::size_t kLineBytesMax = std::size_t{128} * 1024;

  LineSplitter();

  // Only while there is no line: that bounds what is held.
  void feed(std::string_view bytes);
  [[nodiscard]] bool has_line() const { return break_at_ != std::string_view::npos; }
  // Without its line break (LF; a CR belongs to the line).
  [[nodiscard]] std::optional<Secret> take_line();
  // At the end of input: what stands there without a line break, if anything.
  [[nodiscard]] std::optional<Secret> take_rest();

 private:
  [[nodiscard]] Secret take_front(std::size_t size, std::size_t with_break);

  ByteBuffer bytes_;
  std::size_t break_at_ = std::string_view::npos;  // the first one
};

}  // namespace sockchat::client
