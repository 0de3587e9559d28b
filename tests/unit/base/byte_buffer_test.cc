#include "sockchat/base/byte_buffer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>

namespace sockchat {
namespace {

TEST_CASE("a new byte buffer is empty and holds no memory") {
  const ByteBuffer buffer;
  CHECK(buffer.empty());
  CHECK(buffer.capacity() == 0);
  CHECK(buffer.view().empty());
}

TEST_CASE("bytes come out of a buffer in the order in which they went in") {
  std::mt19937 random(1);
  ByteBuffer buffer;
  std::string model;
  for (int step = 0; step < 10'000; ++step) {
    if (random() % 2 == 0) {
      const std::string piece(random() % 200, static_cast<char>('a' + step % 26));
      buffer.append(piece);
      model += piece;
    } else {
      const std::size_t count = random() % (model.size() + 1);
      buffer.consume(count);
      model.erase(0, count);
    }
    REQUIRE(buffer.view() == model);
  }
}

TEST_CASE("64 readable bytes stand behind the end, also of a full buffer") {
  ByteBuffer buffer;
  buffer.append("x");
  const std::span<char> room = buffer.prepare(buffer.capacity() - buffer.size());
  std::ranges::fill(room, 'y');
  buffer.commit(room.size());
  REQUIRE(buffer.size() == buffer.capacity());
  const char* const end = buffer.data() + buffer.size();
  CHECK(std::all_of(end, end + ByteBuffer::kPadding, [](char byte) { return byte == 0; }));
}

TEST_CASE("a buffer that is emptied as fast as it is filled does not grow") {
  ByteBuffer buffer;
  buffer.append(std::string(200, 'a'));
  const std::size_t capacity = buffer.capacity();
  for (int round = 0; round < 1000; ++round) {
    buffer.consume(150);
    buffer.append(std::string(150, 'b'));
  }
  CHECK(buffer.size() == 200);
  CHECK(buffer.capacity() <= 2 * capacity);
}

TEST_CASE("a moved-from buffer is empty and can be used again") {
  ByteBuffer source;
  source.append("one");
  ByteBuffer target = std::move(source);
  CHECK(target.view() == "one");
  source = ByteBuffer();
  source.append("two");
  CHECK(source.view() == "two");
  CHECK(target.view() == "one");
}

TEST_CASE("release gives the memory back") {
  ByteBuffer buffer;
  buffer.append("gone soon");
  buffer.consume(buffer.size());
  buffer.release();
  CHECK(buffer.capacity() == 0);
  buffer.append("again");
  CHECK(buffer.view() == "again");
}

}  // namespace
}  // namespace sockchat
