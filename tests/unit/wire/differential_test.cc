// Both readers against the references, with texts that are random, or nearly right: both accept, or both
// refuse. SOCKCHAT_DIFFERENTIAL says how many of each kind, SOCKCHAT_SEED which.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>
#include <span>
#include <string>
#include <string_view>

#include "sockchat/wire/request.h"
#include "sockchat/wire/server_frame.h"
#include "support/padded_text.h"
#include "support/strict_frame.h"
#include "support/strict_json.h"

namespace {

using namespace sockchat;
using Random = std::mt19937_64;
using Words = std::span<const std::string_view>;

constexpr std::uint64_t kTextsInUnitTests = 100'000;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// Values right and wrong, some of them of one place only.
constexpr auto kValues = std::to_array<std::string_view>({
    R"("ok")",
    R"("error")",
    R"("message")",
    R"("broadcast")",
    R"("login")",
    R"("")",
    R"("7")",
    R"("a\nb")",
    R"("\ud83d\ude00")",
    R"("\ud83d")",
    R"("\udc00x")",
    R"("\u0000")",
    R"("\x")",
    "\"\xc3\xa4\"",
    "\"\xc3\"",
    "\"\xed\xa0\x80\"",
    "\"\xf4\x90\x80\x80\"",
    "\"\x01\"",
    "\"\x7f\"",
    "[]",
    R"(["a"])",
    R"(["a","b"])",
    R"(["a",7])",
    R"(["a",])",
    R"([,"a"])",
    R"([["a"]])",
    "[{}]",
    R"([{"mid":"7","text":"x"},{"mid":8}])",
    "{}",
    R"({"a":1,"a":2})",
    "null",
    "nul",
    "true",
    "false",
    "tru",
    "0",
    "-0",
    "7",
    "-7",
    "07",
    "7.5",
    "7.",
    ".5",
    "1e2",
    "1e",
    "1E+2",
    "9007199254740991",
    "9007199254740992",
    "123456789012345678",
    "- 1",
    "+1",
    "[[[[[[[[[[[[[[[[7]]]]]]]]]]]]]]]]",
    "[[[[[[[[[[[[[[[7]]]]]]]]]]]]]]]",
    "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
});
constexpr auto kRequestNames = std::to_array<std::string_view>(
    {"command", "command", "command", "data", "data", "id", "cid", "ids", "Command", "comm\\u0061nd", ""});
constexpr auto kFrameNames = std::to_array<std::string_view>(
    {"status",  "command",   "command", "id",           "code",       "data",
     "data",    "mid",       "time",    "delivery",     "token",      "failed",
     "cut",     "unindexed", "stored",  "skipped",      "resumed",    "retry_after",
     "waiting", "more",      "unheard", "st\\u0061tus", "last_login", "attempts_left"});
constexpr auto kSpace = std::to_array<std::string_view>({" ", "\n", "\t\r ", "  ", "\v"});
constexpr auto kBehind =
    std::to_array<std::string_view>({",", "}", " ", "x", "{}", "null", "\n", std::string_view("\0", 1)});

std::string_view any_of(Words words, Random& random) { return words[random() % words.size()]; }

// Mostly none.
std::string_view seldom(Words words, Random& random) {
  return random() % 16 == 0 ? any_of(words, random) : std::string_view();
}

// Good values for names that want them, as often as not: or nothing would ever be accepted.
std::string_view value_for(std::string_view name, Random& random) {
  if (random() % 8 == 0) return any_of(kValues, random);
  if (name == "data")
    return any_of(std::to_array<std::string_view>({"[]", R"(["a"])", R"(["a","b"])"}), random);
  if (name == "status") return random() % 2 == 0 ? R"("ok")" : R"("error")";
  if (name == "command") return random() % 2 == 0 ? R"("message")" : R"("login")";
  if (name == "id" || name == "failed" || name == "waiting") return random() % 2 == 0 ? "7" : "0";
  if (name == "stored" || name == "more" || name == "skipped") return "true";
  return R"("7")";
}

std::string compose(Words names, Random& random) {
  std::string text = fmt::format("{}{{", seldom(kSpace, random));
  const auto members = random() % 5;
  for (std::uint64_t i = 0; i < members; ++i) {
    const std::string_view name = i == 0 && random() % 4 != 0 ? "command" : any_of(names, random);
    fmt::format_to(std::back_inserter(text), "{}{}\"{}\"{}:{}{}{}", i > 0 ? "," : "", seldom(kSpace, random),
                   name, seldom(kSpace, random), seldom(kSpace, random), value_for(name, random),
                   seldom(kSpace, random));
  }
  return fmt::format("{}}}{}", text, seldom(kBehind, random));
}

void mutate(std::string& text, Random& random) {
  constexpr std::string_view kMarks = "{}[]\",:\\ u0-.e\n\x80\xff";
  const std::size_t at = random() % (text.size() + 1);
  const char byte = random() % 2 == 0 ? kMarks[random() % kMarks.size()] : static_cast<char>(random());
  switch (random() % 4) {
    case 0:
      text.insert(at, 1, byte);
      break;
    case 1:
      text.erase(at, 1 + random() % 3);
      break;
    case 2:
      if (at < text.size()) text[at] = byte;
      break;
    default:
      text.insert(at, text.substr(random() % (text.size() + 1), random() % 8));
      break;
  }
}

std::string make_text(Words names, Random& random) {
  if (random() % 16 == 0) {
    std::string noise(random() % 40, '\0');
    std::ranges::generate(noise, [&random] { return static_cast<char>(random()); });
    return noise;
  }
  std::string text = compose(names, random);
  for (auto times = random() % 4; times > 1; --times) mutate(text, random);
  return text;
}

// Of a text that was printed, for the one who has to find it again.
std::string shown(std::string_view text) {
  std::string bytes;
  for (const char c : text)
    fmt::format_to(std::back_inserter(bytes), "{:02x}", static_cast<unsigned char>(c));
  return bytes;
}

struct Tally {
  std::uint64_t accepted = 0;
  std::uint64_t unclear = 0;
};

template <class Compare>
Tally compare_all(Words names, const Compare& compare) {
  const std::uint64_t texts = from_environment("SOCKCHAT_DIFFERENTIAL", kTextsInUnitTests);
  const std::uint64_t seed = from_environment("SOCKCHAT_SEED", std::random_device{}());
  MESSAGE(texts << " texts, SOCKCHAT_SEED=" << seed);
  Random random(seed);
  Tally tally;
  for (std::uint64_t number = 0; number < texts; ++number) {
    const std::string text = make_text(names, random);
    INFO("SOCKCHAT_SEED=" << seed << ", text " << number << ": " << shown(text));
    compare(text, tally);
  }
  // What compares nothing but refusals with refusals says little.
  CHECK(tally.accepted > texts / 20);
  CHECK(tally.unclear < texts / 10);
  return tally;
}

}  // namespace

TEST_CASE("differential: the request reader accepts what a strict reader accepts, and nothing else") {
  wire::RequestReader reader;
  compare_all(kRequestNames, [&reader](const std::string& json, Tally& tally) {
    const auto reference = test::read_strictly(json);
    test::PaddedText padded(json);
    const auto reading = reader.read(padded.span());
    REQUIRE(reading.error.has_value() == !reference.has_value());
    if (!reference) return;
    ++tally.accepted;
    REQUIRE(reading.request.command == reference->command);
    REQUIRE(std::ranges::equal(reading.request.data, reference->data));
    REQUIRE(reading.request.id == reference->id);
  });
}

TEST_CASE("differential: the client's reader accepts what a strict reader accepts, and nothing else") {
  wire::ServerFrameReader reader;
  compare_all(kFrameNames, [&reader](const std::string& json, Tally& tally) {
    const auto reference = test::accepts_frame(json);
    test::PaddedText padded(json);
    const auto frame = reader.read(padded.span());
    if (!reference) {
      ++tally.unclear;
      return;
    }
    REQUIRE(frame.has_value() == *reference);
    tally.accepted += *reference ? 1 : 0;
  });
}
