// What a connection has to send: pieces of counted blocks, so that bytes for many receivers exist once. Small
// pieces are rather copied behind each other than gathered by the kernel. Loop thread; private to net.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "sockchat/base/byte_buffer.h"

namespace sockchat::net {

class BlockPool;

// Filled from the front, never changed where it is filled. The count is not atomic: blocks do not leave the
// loop.
struct Block {
  BlockPool* pool;
  std::unique_ptr<char[]> bytes;
  std::uint32_t capacity;
  std::uint32_t place;  // in the pool's table
  std::uint32_t used = 0;
  std::uint32_t references = 0;
  bool is_shared = false;

  [[nodiscard]] bool has_room(std::size_t size) const { return capacity - used >= size; }
  // There must be room. Returns the offset of the copy.
  std::uint32_t append(std::string_view piece);
};

class BlockRef final {
 public:
  BlockRef() = default;
  explicit BlockRef(Block& block) : block_(&block) { ++block.references; }
  BlockRef(const BlockRef& other) : block_(other.block_) {
    if (block_ != nullptr) ++block_->references;
  }
  BlockRef(BlockRef&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  BlockRef& operator=(BlockRef other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~BlockRef();

  [[nodiscard]] Block* get() const { return block_; }
  Block* operator->() const { return block_; }
  explicit operator bool() const { return block_ != nullptr; }

 private:
  Block* block_ = nullptr;
};

struct Segment {
  BlockRef block;
  std::uint32_t offset = 0;
  std::uint32_t length = 0;

  [[nodiscard]] std::string_view view() const { return {block->bytes.get() + offset, length}; }
};

// Owns every block, and keeps some that are free. Must outlive what refers to its blocks.
class BlockPool final {
 public:
  // Empty, with room for `size` bytes.
  BlockRef own_block(std::size_t size);
  // A copy of `bytes` behind what was shared before, in one block with it as long as that has room.
  Segment share(std::string_view bytes);
  // Between two turns: what nobody refers to any more is free to be overwritten.
  void end_turn();

  // The memory that somebody refers to: blocks of one queue as they are, shared ones as far as they are
  // filled. Counted until all of the block is sent.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  friend class BlockRef;
  friend struct Block;
  BlockRef take(std::vector<Block*>& free, std::size_t size, std::size_t standard);
  void give_back(Block& block);

  std::vector<std::unique_ptr<Block>> blocks_;
  std::vector<Block*> free_own_;
  std::vector<Block*> free_shared_;
  std::size_t bytes_ = 0;
  BlockRef shared_;  // where share() appends; the last member, because it refers to the others
};

// 48 bytes and no allocation while two segments suffice, which is nearly always.
class SendQueue final {
 public:
  // Unsent, with what drain_into() took and confirm() has not seen.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] bool has_segments() const { return inline_count_ > 0; }

  void append(BlockPool& pool, std::string_view bytes);
  // `shared` as share() returned it.
  void append(const Segment& shared);
  // Fills `parts` from the front, and returns how many it filled.
  [[nodiscard]] std::size_t gather(std::span<iovec> parts) const;
  void consume(std::size_t count);
  // The other way out, for bytes that change on the way: all of them at once, counted until confirm().
  void drain_into(ByteBuffer& target);
  void confirm(std::size_t count);
  void clear();

 private:
  Segment* tail();
  void push(Segment segment);
  void count(std::size_t added);

  Segment inline_[2];
  std::unique_ptr<std::vector<Segment>> more_;
  std::uint32_t inline_count_ = 0;
  std::uint32_t bytes_ = 0;
};

}  // namespace sockchat::net
