#include "sockchat/wire/frame.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "sockchat/base/byte_buffer.h"

namespace sockchat::wire {
namespace {

std::string frame_of(std::string_view payload) {
  std::string frame;
  for (int shift = 24; shift >= 0; shift -= 8) frame += static_cast<char>(payload.size() >> shift & 0xFF);
  return frame.append(payload);
}

FrameCut cut(std::string& input, std::size_t payload_max) { return next_frame(input, payload_max); }

std::string_view view(std::span<char> bytes) { return {bytes.data(), bytes.size()}; }

// What a reader does: feed slices, take every complete frame from the front.
std::vector<std::string> frames_of(std::string_view stream, std::span<const std::size_t> slices) {
  ByteBuffer buffer;
  std::vector<std::string> frames;
  for (const std::size_t slice : slices) {
    buffer.append(stream.substr(0, slice));
    stream.remove_prefix(slice);
    for (FrameCut front = next_frame(buffer.bytes(), 100); front.state != FrameState::incomplete;
         front = next_frame(buffer.bytes(), 100)) {
      REQUIRE(front.state == FrameState::complete);
      frames.emplace_back(view(front.payload));
      buffer.consume(front.consumed);
    }
  }
  CHECK(stream.empty());
  CHECK(buffer.empty());
  return frames;
}

}  // namespace

TEST_CASE("every split of two frames yields the same two frames") {
  const std::string stream = frame_of(R"({"command":"ping"})") + frame_of("{}");
  for (std::size_t split = 0; split <= stream.size(); ++split) {
    CAPTURE(split);
    const std::vector<std::size_t> slices = {split, stream.size() - split};
    CHECK(frames_of(stream, slices) == std::vector<std::string>{R"({"command":"ping"})", "{}"});
  }
}

TEST_CASE("one byte at a time yields the same frames") {
  const std::string stream = frame_of("{}") + frame_of("x") + frame_of("[1]");
  const std::vector<std::size_t> slices(stream.size(), 1);
  CHECK(frames_of(stream, slices) == std::vector<std::string>{"{}", "x", "[1]"});
}

TEST_CASE("10,000 random slicings yield the same frames") {
  std::string stream;
  std::vector<std::string> sent;
  for (std::size_t size : {1, 2, 99, 100, 3, 57, 1, 1, 64}) {
    sent.emplace_back(size, static_cast<char>('a' + size % 26));
    stream += frame_of(sent.back());
  }
  constexpr unsigned kSeed = 16;
  INFO("seed ", kSeed);
  std::mt19937 random(kSeed);
  for (int run = 0; run < 10'000; ++run) {
    std::vector<std::size_t> slices;
    const std::size_t slice_max = 1 + random() % stream.size();
    for (std::size_t left = stream.size(); left > 0; left -= slices.back()) {
      slices.push_back(std::min<std::size_t>(left, 1 + random() % slice_max));
    }
    REQUIRE(frames_of(stream, slices) == sent);
  }
}

TEST_CASE("a frame is incomplete until its last byte, and a view into the input then") {
  std::string whole = frame_of("{}") + "next";
  for (std::size_t size = 0; size < 6; ++size) {
    std::string part = whole.substr(0, size);
    CHECK(cut(part, 100).state == FrameState::incomplete);
  }
  const FrameCut front = cut(whole, 100);
  CHECK(front.state == FrameState::complete);
  CHECK(front.payload.data() == whole.data() + 4);
  CHECK(front.payload.size() == 2);
  CHECK(front.consumed == 6);
}

TEST_CASE("an announced size outside 1 to the maximum is bad as soon as it can be read") {
  struct Row {
    std::uint32_t announced;
    FrameState expected;
  };
  for (const std::size_t maximum : {std::size_t{4096}, std::size_t{65536}, kServerFrameMax}) {
    const auto largest = static_cast<std::uint32_t>(maximum);
    const Row rows[] = {
        {0, FrameState::bad},           {1, FrameState::incomplete},   {largest, FrameState::incomplete},
        {largest + 1, FrameState::bad}, {1u << 24, FrameState::bad},   {1u << 31, FrameState::bad},
        {0xFFFFFFFF, FrameState::bad},  {0xFFFFFFFC, FrameState::bad},
    };
    for (const Row& row : rows) {
      CAPTURE(row.announced);
      std::string header;
      for (int shift = 24; shift >= 0; shift -= 8) header += static_cast<char>(row.announced >> shift & 0xFF);
      CHECK(cut(header, maximum).state == row.expected);
      std::string three = header.substr(0, 3);
      CHECK(cut(three, maximum).state == FrameState::incomplete);
    }
  }
}

TEST_CASE("the largest length that four bytes can say does not wrap") {
  std::string header = "\xFF\xFF\xFF\xFF";
  CHECK(cut(header, std::size_t{0xFFFFFFFF}).state == FrameState::incomplete);
}

TEST_CASE("a frame of exactly the maximum is complete") {
  std::string whole = frame_of(std::string(4096, 'x'));
  CHECK(cut(whole, 4096).state == FrameState::complete);
  CHECK(cut(whole, 4095).state == FrameState::bad);
}

}  // namespace sockchat::wire
