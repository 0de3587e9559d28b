#include "sockchat/base/byte_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "sockchat/base/check.h"

namespace sockchat {

ByteBuffer::ByteBuffer(ByteBuffer&& other) noexcept
    : storage_(std::move(other.storage_)),
      capacity_(std::exchange(other.capacity_, 0)),
      begin_(std::exchange(other.begin_, 0)),
      end_(std::exchange(other.end_, 0)) {}

ByteBuffer& ByteBuffer::operator=(ByteBuffer&& other) noexcept {
  storage_ = std::move(other.storage_);
  capacity_ = std::exchange(other.capacity_, 0);
  begin_ = std::exchange(other.begin_, 0);
  end_ = std::exchange(other.end_, 0);
  return *this;
}

void ByteBuffer::append(std::string_view bytes) {
  if (bytes.empty()) return;
  std::memcpy(prepare(bytes.size()).data(), bytes.data(), bytes.size());
  commit(bytes.size());
}

std::span<char> ByteBuffer::prepare(std::size_t wanted) {
  if (capacity_ - end_ >= wanted) return {storage_.get() + end_, capacity_ - end_};
  const std::size_t used = size();
  if (capacity_ - used >= wanted && begin_ >= used) {
    // Moving to the front costs less than the consuming that made the room.
    std::memcpy(storage_.get(), storage_.get() + begin_, used);
  } else {
    const std::size_t capacity =
        std::max<std::size_t>(used + wanted, std::max<std::size_t>(256, capacity_ * 2));
    // Zeroed, so that what the parser reads behind the end is defined.
    auto grown = std::make_unique<char[]>(capacity + kPadding);
    if (used > 0) std::memcpy(grown.get(), storage_.get() + begin_, used);
    storage_ = std::move(grown);
    capacity_ = capacity;
  }
  begin_ = 0;
  end_ = used;
  return {storage_.get() + end_, capacity_ - end_};
}

void ByteBuffer::commit(std::size_t written) {
  SOCKCHAT_CHECK(written <= capacity_ - end_);
  end_ += written;
}

void ByteBuffer::consume(std::size_t count) {
  SOCKCHAT_CHECK(count <= size());
  begin_ += count;
  if (begin_ == end_) begin_ = end_ = 0;
}

void ByteBuffer::release() {
  SOCKCHAT_CHECK(empty());
  storage_.reset();
  capacity_ = begin_ = end_ = 0;
}

}  // namespace sockchat
