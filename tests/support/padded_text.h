// A text as the readers of wire want it: with 64 readable bytes behind it. They hold what would complete a
// text that was cut off, and not a byte more is allocated, so that a sanitizer sees a reader that looks
// further.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "sockchat/base/byte_buffer.h"

namespace sockchat::test {

class PaddedText final {
 public:
  explicit PaddedText(std::string_view text)
      : size_(text.size()),
        bytes_(std::make_unique_for_overwrite<char[]>(text.size() + ByteBuffer::kPadding)) {
    text.copy(bytes_.get(), size_);
    constexpr std::string_view kTempting = "\"]}  ";
    for (std::size_t i = 0; i < ByteBuffer::kPadding; ++i)
      bytes_[size_ + i] = kTempting[i % kTempting.size()];
  }

  [[nodiscard]] std::span<char> span() { return {bytes_.get(), size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<char[]> bytes_;
};

}  // namespace sockchat::test
