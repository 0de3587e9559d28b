// What a request may be and may not be, held against the reference.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>
#include <string>

#include "sockchat/wire/request.h"
#include "support/strict_json.h"
#include "unit/wire/request_reading.h"

namespace sockchat::wire {
namespace {

// The reader and the reference must agree: both refuse, or both read the same.
void check_agreement(RequestReader& reader, std::string_view json) {
  const Read ours = read_with(reader, json);
  const auto reference = test::read_strictly(json);
  if (ours.refused == reference.has_value()) {
    CAPTURE(json);
    FAIL_CHECK("the reader says: ", ours.sentence);
  } else if (reference) {
    CHECK(ours.request == *reference);
  }
}

const std::string_view kRefused[] = {
    // No object, or not exactly one.
    "",
    " ",
    "{",
    "}",
    "{}}",
    "[]",
    "[{}]",
    "\"command\"",
    "7",
    "null",
    "true",
    "\xEF\xBB\xBF{\"command\":\"x\"}",
    R"({"command":"x"}{})",
    R"({"command":"x"}{"command":"x"})",
    R"({"command":"x"} x)",
    R"({"command":"x"},)",
    R"({"command":"x"},,,,)",
    R"({"command":"x"}tru)",
    R"({"command":"x"}])",
    R"({"command":"x")",
    R"({"command":"x)",
    R"({"command":"x",})",
    R"({"command":"x",,})",
    R"({,"command":"x"})",
    R"({"command" "x"})",
    R"({"command":})",
    R"({command:"x"})",
    R"({'command':'x'})",
    R"({"command":x})",
    R"({"command":"x" "id":1})",
    R"({"command":"x"} // comment)",
    R"({"command":"x","id":1,"b":tru})",
    R"({"command"})",
    R"({"command":"x";})",
    // Members.
    R"({})",
    R"({"id":1})",
    R"({"data":[]})",
    R"({"command":"x","from":"y"})",
    R"({"command":"x","":"y"})",
    R"({"Command":"x"})",
    R"({"command":"x","command\u0000":"y"})",
    R"({"command ":"x"})",
    // Members that appear twice, however they are spelled.
    R"({"command":"x","command":"x"})",
    R"({"command":"x","c\u006fmmand":"y"})",
    R"({"\u0063ommand":"x","command":"y"})",
    R"({"command":"x","id":1,"id":1})",
    R"({"command":"x","data":[],"data":[]})",
    R"({"command":"x","id":1,"i\u0064":2})",
    R"({"command":"message","cid":"a","cid":"a"})",
    R"({"command":"x","other":1,"other":2})",
    // Types.
    R"({"command":7})",
    R"({"command":null})",
    R"({"command":true})",
    R"({"command":["x"]})",
    R"({"command":{}})",
    R"({"command":"x","data":"y"})",
    R"({"command":"x","data":{}})",
    R"({"command":"x","data":null})",
    R"({"command":"x","data":[1]})",
    R"({"command":"x","data":["a",null]})",
    R"({"command":"x","data":[["a"]]})",
    R"({"command":"x","data":[{}]})",
    R"({"command":"x","data":[true]})",
    R"({"command":"x","data":["a",]})",
    R"({"command":"x","data":[,"a"]})",
    R"({"command":"x","data":["a" "b"]})",
    R"({"command":"x","data":["a"})",
    // Ids.
    R"({"command":"x","id":-1})",
    R"({"command":"x","id":7.0})",
    R"({"command":"x","id":1e3})",
    R"({"command":"x","id":1E3})",
    R"({"command":"x","id":9007199254740992})",
    R"({"command":"x","id":18446744073709551615})",
    R"({"command":"x","id":18446744073709551616})",
    R"({"command":"x","id":99999999999999999999999999999999})",
    R"({"command":"x","id":01})",
    R"({"command":"x","id":+1})",
    R"({"command":"x","id":0x10})",
    R"({"command":"x","id":.5})",
    R"({"command":"x","id":1.})",
    R"({"command":"x","id":1e})",
    R"({"command":"x","id":-})",
    R"({"command":"x","id":1e999})",
    R"({"command":"x","id":NaN})",
    R"({"command":"x","id":Infinity})",
    R"({"command":"x","id":null})",
    R"({"command":"x","id":true})",
    R"({"command":"x","id":false})",
    R"({"command":"x","id":[]})",
    R"({"command":"x","id":{}})",
    R"({"command":"x","id":"12345678901234567890123456789012345678901234567890123456789012345"})",
    // Client's message ids.
    R"({"command":"message","cid":""})",
    R"({"command":"message","cid":7})",
    R"({"command":"message","cid":null})",
    R"({"command":"message","cid":"a b"})",
    R"({"command":"message","cid":"a.b"})",
    R"({"command":"message","cid":"é"})",
    R"({"command":"message","cid":"a\u0000"})",
    R"({"command":"login","cid":"a"})",
    R"({"command":"x","cid":"a"})",
    R"({"command":"message","cid":"12345678901234567890123456789012345678901234567890123456789012345"})",
    // Texts.
    "{\"command\":\"x\n\"}",
    "{\"command\":\"x\t\"}",
    "{\"command\":\"\x01\"}",
    R"({"command":"\x41"})",
    R"({"command":"\u12"})",
    R"({"command":"\u00g0"})",
    R"({"command":"\'"})",
    R"({"command":"\U0041"})",
    R"({"command":"\)",
    "{\"command\":\"\xC0\x80\"}",
    "{\"command\":\"\xC1\xBF\"}",
    "{\"command\":\"\xE0\x80\x80\"}",
    "{\"command\":\"\xED\xA0\x80\"}",
    "{\"command\":\"\xED\xBF\xBF\"}",
    "{\"command\":\"\xF0\x80\x80\x80\"}",
    "{\"command\":\"\xF4\x90\x80\x80\"}",
    "{\"command\":\"\xFF\"}",
    "{\"command\":\"\x80\"}",
    "{\"command\":\"\xC3\"}",
    "{\"command\":\"\xE2\x82\"}",
    "{\"command\":\"\xF0\x9F\x98\"}",
    "{\"command\":\"x\"\xC2\xA0}",
    "{\"command\":\"x\"\v}",
    R"({"command":"\udc00"})",
    R"({"command":"\udfff"})",
    R"({"command":"\ud800"})",
    R"({"command":"\ud800x"})",
    R"({"command":"\ud800\n"})",
    R"({"command":"\ud800\u0041"})",
    R"({"command":"\ud800\ud800"})",
    R"({"command":"\ud800\ud800\udc00"})",
    R"({"command":"\udc00\ud800"})",
    R"({"command":"\udbff\ue000"})",
    R"({"command":"\ud800\u"})",
    R"({"command":"x","data":["\udead"]})",
    R"({"command":"x","data":["a","b\ud83dc"]})",
    R"({"command":"x","id":"\udc00"})",
    R"({"command":"message","cid":"\udc00"})",
    R"({"command":"x","\udc00":1})",
};

const std::string_view kAccepted[] = {
    R"({"command":"x"})",
    R"({"command":""})",
    " \t\r\n{ \"command\" : \"x\" }\n",
    R"({"command":"x","data":[]})",
    R"({"id":7,"data":["a","b"],"command":"x"})",
    R"({"\u0063ommand":"\u0078"})",
    R"({"command":"x","id":0})",
    R"({"command":"x","id":-0})",
    R"({"command":"x","id":9007199254740991})",
    R"({"command":"x","id":""})",
    R"({"command":"x","id":"1234567890123456789012345678901234567890123456789012345678901234"})",
    R"({"command":"message","cid":"a"})",
    R"({"cid":"AZaz09_-","command":"broadcast"})",
    R"({"command":"message","cid":"1234567890123456789012345678901234567890123456789012345678901234"})",
    R"({"command":"\u0000\u001f\"\\\/\b\f\n\r\t"})",
    R"({"command":"\ud83d\ude00\uD83D\uDE00"})",
    "{\"command\":\"\xF0\x9F\x98\x80\xEF\xBF\xBF\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF\x7F\"}",
    R"({"command":"\ud7ff\ue000\uffff"})",
};

std::string escape_of(std::uint32_t point) {
  if (point < 0x10000) return fmt::format("\\u{:04x}", point);
  return fmt::format("\\u{:04X}\\u{:04x}", 0xD800 + ((point - 0x10000) >> 10), 0xDC00 + (point & 0x3FF));
}

}  // namespace

TEST_CASE("everything that a request may not be is refused") {
  RequestReader reader;
  for (const std::string_view json : kRefused) {
    CAPTURE(json);
    CHECK(read_with(reader, json).refused);
    CHECK(!test::read_strictly(json));
  }
}

TEST_CASE("everything that a request may be is read") {
  RequestReader reader;
  for (const std::string_view json : kAccepted) {
    CAPTURE(json);
    const Read ours = read_with(reader, json);
    const auto reference = test::read_strictly(json);
    CHECK(!ours.refused);
    REQUIRE(reference.has_value());
    CHECK(ours.request == *reference);
  }
}

TEST_CASE("every code point is read in every field as the reference reads it, raw and escaped") {
  RequestReader reader;
  const auto check = [&](const std::string& text) {
    check_agreement(reader, fmt::format(R"({{"command":"{}"}})", text));
    check_agreement(reader, fmt::format(R"({{"command":"x","data":["a","{}"]}})", text));
    check_agreement(reader, fmt::format(R"({{"command":"x","id":"{}"}})", text));
    check_agreement(reader, fmt::format(R"({{"command":"message","cid":"{}"}})", text));
    check_agreement(reader, fmt::format(R"({{"command":"x","{}":1}})", text));
  };
  // Those that may be refused one by one, the rest in handfuls (an id has room for 15).
  for (std::uint32_t point = 0; point <= 0x10FFFF;) {
    const bool alone = point < 0x100 || (point >= 0xD7F8 && point < 0xE010);
    std::string raw;
    std::string escaped;
    for (std::uint32_t i = 0; i < (alone ? 1 : 8); ++i, ++point) {
      test::strict::append_utf8(raw, point);
      escaped += escape_of(point);
    }
    check(raw);
    if (point < 0x10800 || point % 0x400 < 16) check(escaped);
  }
}

TEST_CASE("random damage to a good request is judged as the reference judges it") {
  constexpr unsigned kSeed = 7;
  INFO("seed ", kSeed);
  std::mt19937 random(kSeed);
  RequestReader reader;
  constexpr std::string_view kAlphabet =
      "\"\\{}[]:,0123456789.eE+-truefalsn \n\tudDcC8xX\x80\xED\xA0\xBF\xC3\xA9";
  for (int run = 0; run < 50'000; ++run) {
    std::string json(kAccepted[random() % std::size(kAccepted)]);
    for (std::size_t left = 1 + random() % 3; left > 0; --left) {
      const std::size_t at = random() % (json.size() + 1);
      const char byte = kAlphabet[random() % kAlphabet.size()];
      switch (random() % 4) {
        case 0:
          json.insert(at, 1, byte);
          break;
        case 1:
          json.erase(at, 1 + random() % 3);
          break;
        case 2:
          if (at < json.size()) json[at] = byte;
          break;
        default:
          json.resize(at);
      }
    }
    check_agreement(reader, json);
  }
}

}  // namespace sockchat::wire
