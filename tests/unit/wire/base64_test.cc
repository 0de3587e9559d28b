#include "sockchat/wire/base64.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

using namespace sockchat::wire;

namespace {

struct Row {
  std::string_view bytes;
  std::string_view text;
};

// RFC 4648, section 10.
constexpr auto kVectors = std::to_array<Row>({
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
});

}  // namespace

TEST_CASE("base64 is what the RFC says, both ways") {
  for (const Row& row : kVectors) {
    CAPTURE(row.text);
    std::string text = ">";
    append_base64(text, row.bytes);
    CHECK(text == std::string(">").append(row.text));
    CHECK(base64_size(row.bytes.size()) == row.text.size());
    CHECK(base64_decoded_size(row.text) == row.bytes.size());
    std::string bytes = "<";
    CHECK(decode_base64(row.text, bytes));
    CHECK(bytes == std::string("<").append(row.bytes));
  }
}

TEST_CASE("every byte comes back, at every place of a group") {
  for (std::size_t before = 0; before < 6; ++before) {
    std::string bytes(before, 'x');
    for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
    std::string text;
    append_base64(text, bytes);
    std::string back;
    REQUIRE(decode_base64(text, back));
    CHECK(back == bytes);
  }
}

TEST_CASE("bytes have one spelling: everything else is no base64, and leaves nothing behind") {
  for (const std::string_view text :
       {"Z", "Zg", "Zg=", "Zg===", "=", "====", "Z===", "Zm8=Zm8=", "Zg==Zg==", "Zh==", "Zm9=", "Zm 9",
        "Zm-v", "Zm_v", "Zm9v\n", "Zm=v", "\xC3\xA9zz"}) {
    CAPTURE(text);
    CHECK_FALSE(base64_decoded_size(text));
    std::string out = "<";
    CHECK_FALSE(decode_base64(text, out));
    CHECK(out == "<");
  }
}
