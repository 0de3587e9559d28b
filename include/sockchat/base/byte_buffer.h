// Contiguous bytes: grow at the end, consume at the front. 64 bytes behind the end are always readable, which
// is what simdjson 3.0 asks of a buffer that it parses in place. One thread at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace sockchat {

class ByteBuffer final {
 public:
  static constexpr std::size_t kPadding = 64;

  ByteBuffer() = default;
  ByteBuffer(ByteBuffer&&) noexcept;
  ByteBuffer& operator=(ByteBuffer&&) noexcept;
  ~ByteBuffer() = default;

  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  [[nodiscard]] bool empty() const { return end_ == begin_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  [[nodiscard]] char* data() { return storage_.get() + begin_; }
  [[nodiscard]] std::span<char> bytes() { return {storage_.get() + begin_, size()}; }
  [[nodiscard]] std::string_view view() const { return {storage_.get() + begin_, size()}; }

  void append(std::string_view bytes);
  // At least `wanted` writable bytes behind the end; what was written is made part of the buffer by commit().
  [[nodiscard]] std::span<char> prepare(std::size_t wanted);
  void commit(std::size_t written);
  // Cheap: moves an offset. `count` must not exceed size().
  void consume(std::size_t count);
  void clear() { begin_ = end_ = 0; }
  // Gives the memory back: an idle connection has none.
  void release();

 private:
  std::unique_ptr<char[]> storage_;
  std::size_t capacity_ = 0;  // without the padding
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace sockchat
