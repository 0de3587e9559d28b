#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "sockchat/wire/base64.h"
#include "sockchat/wire/requests.h"

using namespace sockchat;
using namespace sockchat::wire;

namespace {

using Words = std::vector<std::string_view>;

template <class Command>
Result<Command> decode(std::string_view name, const Words& data) {
  return Command::decode(Request{name, data, {}, {}});
}

const std::string kKey(64, 'a');

}  // namespace

TEST_CASE("listen takes a port, 0 too, and 64 hex digits") {
  const auto listen = decode<Listen>("listen", {"5000", kKey});
  REQUIRE(listen);
  CHECK(listen->port == 5000);
  CHECK(listen->key == kKey);
  CHECK(decode<Listen>("listen", {"0", kKey})->port == 0);
  for (const std::string_view port : {"65536", "-1", "", "05", "x", "1 "}) {
    CAPTURE(port);
    CHECK(decode<Listen>("listen", {port, kKey}).error().code == Errc::bad_argument);
  }
  for (const std::string& key :
       {std::string(63, 'a'), std::string(65, 'a'), std::string(64, 'g'), std::string()}) {
    CAPTURE(key);
    CHECK(decode<Listen>("listen", {"1", key}).error().code == Errc::bad_argument);
  }
}

TEST_CASE("an answer is yes or no, and nothing like it") {
  CHECK(decode<Answer>("answer", {"hans", "yes"})->accepts);
  CHECK_FALSE(decode<Answer>("answer", {"hans", "no"})->accepts);
  for (const std::string_view word : {"Yes", "y", "", "true", "no "}) {
    CAPTURE(word);
    CHECK(decode<Answer>("answer", {"hans", word}).error().code == Errc::bad_argument);
  }
}

TEST_CASE("relay takes base64 of 1 to 32 KiB") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kRelayBytesMax, kRelayBytesMax + 1}) {
    CAPTURE(size);
    std::string text;
    append_base64(text, std::string(size, 'x'));
    CHECK(decode<Relay>("relay", {"hans", text}).has_value() == (size >= 1 && size <= kRelayBytesMax));
  }
  CHECK(decode<Relay>("relay", {"hans", "Zg="}).error().code == Errc::bad_argument);
}
