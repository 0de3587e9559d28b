#include "net/send_queue.h"

#include <algorithm>
#include <cstring>

#include "sockchat/base/check.h"

namespace sockchat::net {
namespace {

constexpr std::size_t kOwnBlockBytes = 4 * 1024;
constexpr std::size_t kSharedBlockBytes = 256 * 1024;
// Memory that is kept for the next turn: 4 MiB and 1 MiB.
constexpr std::size_t kFreeOwnMax = 1024;
constexpr std::size_t kFreeSharedMax = 4;
// Up to this size a copy is cheaper than one part more in a gathered write.
constexpr std::size_t kCopyMax = 512;

}  // namespace

std::uint32_t Block::append(std::string_view piece) {
  SOCKCHAT_CHECK(has_room(piece.size()));
  std::memcpy(bytes.get() + used, piece.data(), piece.size());
  if (is_shared) pool->bytes_ += piece.size();
  return std::exchange(used, used + static_cast<std::uint32_t>(piece.size()));
}

BlockRef::~BlockRef() {
  if (block_ != nullptr && --block_->references == 0) block_->pool->give_back(*block_);
}

BlockRef BlockPool::own_block(std::size_t size) {
  BlockRef block = take(free_own_, size, kOwnBlockBytes);
  bytes_ += block->capacity;
  return block;
}

Segment BlockPool::share(std::string_view bytes) {
  if (!shared_ || !shared_->has_room(bytes.size())) {
    shared_ = take(free_shared_, bytes.size(), kSharedBlockBytes);
    shared_->is_shared = true;
  }
  const std::uint32_t offset = shared_->append(bytes);
  return {shared_, offset, static_cast<std::uint32_t>(bytes.size())};
}

void BlockPool::end_turn() {
  // Kept while it is empty of readers: the next turn then writes to memory that is warm.
  if (!shared_ || shared_->references > 1) return;
  bytes_ -= std::exchange(shared_->used, 0);
  if (shared_->capacity != kSharedBlockBytes) shared_ = {};
}

BlockRef BlockPool::take(std::vector<Block*>& free, std::size_t size, std::size_t standard) {
  if (size <= standard && !free.empty()) {
    Block& block = *free.back();
    free.pop_back();
    return BlockRef(block);
  }
  const std::size_t capacity = std::max(size, standard);
  blocks_.push_back(std::make_unique<Block>(Block{.pool = this,
                                                  .bytes = std::make_unique_for_overwrite<char[]>(capacity),
                                                  .capacity = static_cast<std::uint32_t>(capacity),
                                                  .place = static_cast<std::uint32_t>(blocks_.size())}));
  return BlockRef(*blocks_.back());
}

void BlockPool::give_back(Block& block) {
  const std::uint32_t used = std::exchange(block.used, 0);
  bytes_ -= block.is_shared ? used : block.capacity;
  std::vector<Block*>& free = block.is_shared ? free_shared_ : free_own_;
  const std::size_t standard = block.is_shared ? kSharedBlockBytes : kOwnBlockBytes;
  if (block.capacity == standard && free.size() < (block.is_shared ? kFreeSharedMax : kFreeOwnMax)) {
    free.push_back(&block);
    return;
  }
  const std::uint32_t place = block.place;
  blocks_.back()->place = place;
  std::swap(blocks_[place], blocks_.back());
  blocks_.pop_back();
}

void SendQueue::append(BlockPool& pool, std::string_view bytes) {
  if (bytes.empty()) return;
  Segment* const last = tail();
  if (last != nullptr && !last->block->is_shared && last->block->has_room(bytes.size())) {
    last->block->append(bytes);
    last->length += static_cast<std::uint32_t>(bytes.size());
  } else {
    BlockRef block = pool.own_block(bytes.size());
    block->append(bytes);
    push({std::move(block), 0, static_cast<std::uint32_t>(bytes.size())});
  }
  count(bytes.size());
}

void SendQueue::append(const Segment& shared) {
  if (shared.length == 0) return;
  Segment* const last = tail();
  if (last != nullptr && last->block.get() == shared.block.get() &&
      last->offset + last->length == shared.offset) {
    last->length += shared.length;
  } else if (last != nullptr && !last->block->is_shared && shared.length <= kCopyMax &&
             last->block->has_room(shared.length)) {
    last->block->append(shared.view());
    last->length += shared.length;
  } else {
    push(shared);
  }
  count(shared.length);
}

std::size_t SendQueue::gather(std::span<iovec> parts) const {
  std::size_t filled = 0;
  const auto add = [&](const Segment& segment) {
    parts[filled++] = {.iov_base = segment.block->bytes.get() + segment.offset, .iov_len = segment.length};
  };
  for (std::size_t at = 0; at < inline_count_ && filled < parts.size(); ++at) add(inline_[at]);
  if (more_) std::for_each_n(more_->begin(), std::min(more_->size(), parts.size() - filled), add);
  return filled;
}

void SendQueue::consume(std::size_t count) {
  SOCKCHAT_CHECK(count <= bytes_);
  bytes_ -= static_cast<std::uint32_t>(count);
  std::size_t moved = 0;
  while (count > 0) {
    SOCKCHAT_CHECK(inline_count_ > 0);
    Segment& front = inline_[0];
    const auto taken = static_cast<std::uint32_t>(std::min<std::size_t>(count, front.length));
    front.offset += taken;
    front.length -= taken;
    count -= taken;
    if (front.length > 0) break;
    inline_[0] = std::exchange(inline_[1], {});
    --inline_count_;
    if (more_ && moved < more_->size()) inline_[inline_count_++] = std::move((*more_)[moved++]);
  }
  if (moved == 0) return;
  more_->erase(more_->begin(), more_->begin() + static_cast<std::ptrdiff_t>(moved));
  if (more_->empty()) more_.reset();
}

void SendQueue::drain_into(ByteBuffer& target) {
  const auto take = [&target](const Segment& segment) { target.append(segment.view()); };
  std::for_each_n(inline_, inline_count_, take);
  if (more_) std::ranges::for_each(*more_, take);
  const std::uint32_t unconfirmed = bytes_;
  clear();
  bytes_ = unconfirmed;
}

void SendQueue::confirm(std::size_t count) {
  SOCKCHAT_CHECK(count <= bytes_);
  bytes_ -= static_cast<std::uint32_t>(count);
}

void SendQueue::clear() {
  inline_[0] = inline_[1] = {};
  more_.reset();
  inline_count_ = bytes_ = 0;
}

Segment* SendQueue::tail() {
  if (more_) return &more_->back();
  return inline_count_ > 0 ? &inline_[inline_count_ - 1] : nullptr;
}

void SendQueue::push(Segment segment) {
  if (inline_count_ < std::size(inline_)) {
    inline_[inline_count_++] = std::move(segment);
    return;
  }
  if (!more_) more_ = std::make_unique<std::vector<Segment>>();
  more_->push_back(std::move(segment));
}

void SendQueue::count(std::size_t added) { bytes_ += static_cast<std::uint32_t>(added); }

}  // namespace sockchat::net
