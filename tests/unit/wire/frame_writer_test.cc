#include "sockchat/wire/frame_writer.h"

#include <doctest/doctest.h>

#include <random>

#include "sockchat/wire/frame.h"
#include "sockchat/wire/request.h"
#include "support/padded_text.h"
#include "support/strict_json.h"

namespace sockchat::wire {
namespace {

using namespace std::chrono;

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string rfc3339(WallTime time) {
  std::string out;
  append_rfc3339(out, time);
  return out;
}

// Any text that is valid UTF-8, with a liking for what is awkward.
std::string random_text(std::mt19937& random) {
  std::string text;
  for (std::size_t left = random() % 40; left > 0; --left) {
    switch (random() % 6) {
      case 0:
        test::strict::append_utf8(text, static_cast<std::uint32_t>(random() % 0x20));
        break;
      case 1:
        text += random() % 2 == 0 ? '"' : '\\';
        break;
      case 2:
        test::strict::append_utf8(text, static_cast<std::uint32_t>(0x10000 + random() % 0x100000));
        break;
      case 3:
        test::strict::append_utf8(text, static_cast<std::uint32_t>(0x80 + random() % 0xD780));
        break;
      default:
        text += static_cast<char>(0x20 + random() % 0x60);
    }
  }
  return text;
}

}  // namespace

TEST_CASE("members stand in the order of the calls, without spaces") {
  std::string out;
  FrameWriter frame(out);
  frame.text("status", "ok").text("command", "login").id(std::uint64_t{7});
  frame.list("data", {}).null("last_login").number("failed", 18'446'744'073'709'551'615u).flag("more", false);
  frame.time("time", WallTime(milliseconds(0)));
  frame.begin_object("limits").number("a", 1).begin_list("b").item("x").item("y").end_list().end_object();
  frame.flag("last", true);
  const std::size_t size = frame.size() + 1;
  frame.finish();
  CHECK(
      out.substr(4) ==
      R"({"status":"ok","command":"login","id":7,"data":[],"last_login":null,"failed":18446744073709551615,)"
      R"("more":false,"time":"1970-01-01T00:00:00.000Z","limits":{"a":1,"b":["x","y"]},"last":true})");
  CHECK(size == out.size() - 4);
}

TEST_CASE("the length is patched in behind what the string held before") {
  std::string out = "before";
  for (int i = 0; i < 2; ++i) {
    FrameWriter frame(out);
    frame.text("a", std::string(300, 'x'));
    frame.finish();
  }
  // {"a":"..."} has 300 and 8 bytes: 0x0134.
  using std::string_view_literals::operator""sv;
  CHECK(std::string_view(out).substr(6, 4) == "\x00\x00\x01\x34"sv);
  CHECK(std::string_view(out).substr(6 + 4 + 308, 4) == "\x00\x00\x01\x34"sv);
  CHECK(out.size() == 6 + 2 * (4 + 308));
}

TEST_CASE("an object without members is an object") {
  std::string out;
  FrameWriter(out).finish();
  CHECK(out.substr(4) == "{}");
}

TEST_CASE("an id is echoed as what it was, and not at all when there was none") {
  const auto written = [](const RequestId& id) {
    std::string out;
    FrameWriter frame(out);
    frame.id(id);
    frame.finish();
    return out.substr(4);
  };
  CHECK(written({}) == "{}");
  CHECK(written(std::uint64_t{0}) == R"({"id":0})");
  CHECK(written(kRequestIdMax) == R"({"id":9007199254740991})");
  CHECK(written("a\"7\"") == R"({"id":"a\"7\""})");
  CHECK(written("") == R"({"id":""})");
}

TEST_CASE("quotes, backslashes and U+0000 to U+001F are escaped, nothing else is") {
  for (unsigned byte = 0; byte < 0x80; ++byte) {
    CAPTURE(byte);
    // At every place of a word, so that the look at eight bytes at once is tested too.
    for (std::size_t before = 0; before < 10; ++before) {
      const std::string text = std::string(before, 'x') + static_cast<char>(byte) + "0123456789";
      const std::string literal = json_string(text);
      const bool escaped = byte < 0x20 || byte == '"' || byte == '\\';
      CHECK((literal[1 + before] == '\\') == escaped);
      if (!escaped) CHECK(literal == '"' + text + '"');
      std::string_view rest = literal;
      std::string back;
      CHECK(test::strict::take_text(rest, back));
      CHECK(rest.empty());
      CHECK(back == text);
    }
  }
  CHECK(json_string("") == R"("")");
  CHECK(json_string("\n\r\t\b\x1F") == R"("\n\r\t\u0008\u001f")");
  CHECK(json_string("\x7Fé\xF0\x9F\x98\x80") == "\"\x7Fé\xF0\x9F\x98\x80\"");
}

TEST_CASE("what the writer writes, the reader reads") {
  constexpr unsigned kSeed = 2026;
  INFO("seed ", kSeed);
  std::mt19937 random(kSeed);
  RequestReader reader;
  for (int run = 0; run < 5'000; ++run) {
    std::vector<std::string> texts(random() % 5);
    for (std::string& text : texts) text = random_text(random);
    const std::string command = random_text(random);
    const std::vector<std::string_view> data(texts.begin(), texts.end());
    const RequestId id =
        random() % 2 == 0 ? RequestId(std::uint64_t{random()}) : RequestId(std::string("\x01\"7"));
    std::string out;
    append_request(out, command, data, id);

    test::PaddedText json(std::string_view(out).substr(4));
    const RequestReading reading = reader.read(json.span());
    REQUIRE(!reading.error);
    REQUIRE(reading.request.command == command);
    REQUIRE(std::ranges::equal(reading.request.data, data));
    REQUIRE(reading.request.id == id);
    REQUIRE(test::read_strictly(std::string_view(out).substr(4)).has_value());
  }
}

TEST_CASE("times are RFC 3339 in UTC with milliseconds") {
  CHECK(rfc3339(sys_days(2026y / November / 22) + 12h + 123ms) == "2026-11-22T12:00:00.123Z");
  CHECK(rfc3339(WallTime(0ms)) == "1970-01-01T00:00:00.000Z");
  CHECK(rfc3339(WallTime(-1ms)) == "1969-12-31T23:59:59.999Z");
  CHECK(rfc3339(sys_days(1600y / February / 29)) == "1600-02-29T00:00:00.000Z");
  CHECK(rfc3339(sys_days(2000y / February / 29) + 23h + 59min + 59s + 7ms) == "2000-02-29T23:59:59.007Z");
  CHECK(rfc3339(sys_days(2100y / March / 1) - 1ms) == "2100-02-28T23:59:59.999Z");
  CHECK(rfc3339(sys_days(9999y / December / 31) + 86'399'999ms) == "9999-12-31T23:59:59.999Z");
}

TEST_CASE("a time that four digits of a year cannot say becomes the nearest that they can") {
  CHECK(rfc3339(WallTime::max()) == "9999-12-31T23:59:59.999Z");
  CHECK(rfc3339(WallTime::min()) == "0000-01-01T00:00:00.000Z");
  CHECK(rfc3339(sys_days(10'000y / January / 1)) == "9999-12-31T23:59:59.999Z");
  CHECK(rfc3339(sys_days(year(-1) / December / 31)) == "0000-01-01T00:00:00.000Z");
}

}  // namespace sockchat::wire
