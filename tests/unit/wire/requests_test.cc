#include "sockchat/wire/requests.h"

#include <doctest/doctest.h>

#include <functional>
#include <limits>
#include <vector>

namespace sockchat::wire {
namespace {

using Words = std::vector<std::string_view>;

constexpr std::string_view kKey = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF";

template <class Command>
Result<Command> decode(std::string_view name, const Words& data) {
  return Command::decode(Request{name, data, {}, {}});
}

struct Row {
  std::string_view name;
  std::function<Result<void>(const Request&)> decode;
  Words right;
};

template <class Command>
Row row(std::string_view name, Words right) {
  return {name, [](const Request& request) { return Command::decode(request).map([](const Command&) {}); },
          std::move(right)};
}

const std::vector<Row>& rows() {
  static const std::vector<Row> kRows = {
      row<Login>("login", {"user", "password"}),
      row<Register>("register", {"user", "password"}),
      row<Resume>("resume", {"token", "1"}),
      row<Passwd>("passwd", {"old", "new"}),
      row<Logout>("logout", {}),
      row<Message>("message", {"user", "text"}),
      row<Broadcast>("broadcast", {"text"}),
      row<Ack>("ack", {"1"}),
      row<Listen>("listen", {"65535", kKey}),
      row<StartPrivate>("startprivate", {"user"}),
      row<Answer>("answer", {"user", "yes"}),
      row<Relay>("relay", {"user", "Zg=="}),
      row<StopPrivate>("stopprivate", {"user"}),
      row<Active>("active", {}),
      row<WhoElse>("whoelse", {}),
      row<WhoElseSince>("whoelsesince", {"1"}),
      row<Block>("block", {"user"}),
      row<Unblock>("unblock", {"user"}),
      row<Blocked>("blocked", {}),
      row<Ping>("ping", {}),
      row<Pong>("pong", {}),
  };
  return kRows;
}

}  // namespace

TEST_CASE("every command takes its number of arguments and no other") {
  for (const Row& row : rows()) {
    CAPTURE(row.name);
    CHECK(row.decode(Request{row.name, row.right, {}, {}}).has_value());
    for (std::size_t count = 0; count < 5; ++count) {
      if (count == row.right.size()) continue;
      CAPTURE(count);
      const Words words(count, "1");
      const Result<void> result = row.decode(Request{row.name, words, {}, {}});
      REQUIRE(!result);
      CHECK(result.error().code == Errc::bad_argument);
      CHECK(result.error().text.starts_with(row.name));
    }
  }
}

TEST_CASE("the arguments reach their members") {
  const auto login = decode<Login>("login", {"yoda", "secret"});
  CHECK(login->user == "yoda");
  CHECK(login->password == "secret");
  const auto account = decode<Register>("register", {"yoda", "secret"});
  CHECK(account->user == "yoda");
  CHECK(account->password == "secret");
  const auto passwd = decode<Passwd>("passwd", {"old", "new"});
  CHECK(passwd->old_password == "old");
  CHECK(passwd->new_password == "new");
  const auto message = decode<Message>("message", {"yoda", "Hey Dude"});
  CHECK(message->user == "yoda");
  CHECK(message->text == "Hey Dude");
  CHECK(decode<Broadcast>("broadcast", {"all"})->text == "all");
  CHECK(decode<Block>("block", {"yoda"})->user == "yoda");
  CHECK(decode<Unblock>("unblock", {"yoda"})->user == "yoda");
  CHECK(decode<Ack>("ack", {"1842"})->up_to == MessageId(1842));
  CHECK(decode<WhoElseSince>("whoelsesince", {"60"})->seconds == 60);
}

TEST_CASE("a resume names a token and a message") {
  const auto resume = decode<Resume>("resume", {"token", "1842"});
  CHECK(resume->token == "token");
  CHECK(resume->last == MessageId(1842));
  CHECK(decode<Resume>("resume", {"token", "0"})->last == MessageId());
  for (const std::string_view last : {"", "-1", "x", "01", "9223372036854775808"})
    CHECK(decode<Resume>("resume", {"token", last}).error().code == Errc::bad_argument);
}

TEST_CASE("pages have a place to start and a size, and both may be left out") {
  const auto history = decode<History>("history", {"yoda", "7", "200"});
  CHECK(history->user == "yoda");
  CHECK(history->before == MessageId(7));
  CHECK(history->count == 200);
  CHECK(decode<History>("history", {"*"})->before == MessageId());
  CHECK(decode<History>("history", {"*", "0"})->count == kPageCount);
  CHECK(decode<Search>("search", {"falcon ship"})->count == kPageCount);
  CHECK(decode<Search>("search", {"falcon ship", "1"})->count == 1);
  CHECK(decode<Sessions>("sessions", {})->count == kPageCount);
  CHECK(decode<Sessions>("sessions", {"200"})->count == 200);
  for (const std::string_view count : {"", "0", "201", "-1", "x", "1.5"}) {
    CAPTURE(count);
    CHECK(decode<History>("history", {"*", "0", count}).error().code == Errc::bad_argument);
    CHECK(decode<Search>("search", {"falcon", count}).error().code == Errc::bad_argument);
    CHECK(decode<Sessions>("sessions", {count}).error().code == Errc::bad_argument);
  }
}

TEST_CASE("hello takes any number of features, none included") {
  CHECK(decode<Hello>("hello", {})->features.empty());
  const Words features = {"ack", "presence", "something new"};
  CHECK(std::ranges::equal(decode<Hello>("hello", features)->features, features));
}

TEST_CASE("an empty argument is an argument: what it means is judged elsewhere") {
  CHECK(decode<Message>("message", {"", ""}).has_value());
}

TEST_CASE("numbers are decimal digits, without sign, space or leading zero, up to the maximum") {
  constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();
  CHECK(decode_number("0", 0) == 0);
  CHECK(decode_number("7", 7) == 7);
  CHECK(decode_number("10", 100) == 10);
  CHECK(decode_number("18446744073709551615", kLargest) == kLargest);
  for (const std::string_view text :
       {"", "-", "-0", "-1", "+1", "00", "01", "0x1", "1 ", " 1", "1.0", "1e3", "a", "1a", "\u0661",
        "18446744073709551616", "99999999999999999999999999999999999999"}) {
    CAPTURE(text);
    const auto number = decode_number(text, kLargest);
    REQUIRE(!number);
    CHECK(number.error().code == Errc::bad_argument);
  }
  using std::string_view_literals::operator""sv;
  CHECK(!decode_number("1\0"sv, kLargest));
  CHECK(!decode_number("8", 7));
}

TEST_CASE("seconds and message ids of a wrong form are bad arguments") {
  CHECK(decode<WhoElseSince>("whoelsesince", {"4000000000"})->seconds == kSinceSecondsMax);
  CHECK(decode<Ack>("ack", {"0"})->up_to == MessageId(0));
  CHECK(decode<Ack>("ack", {"9223372036854775807"}).has_value());
  for (const std::string_view text : {"", "-1", "4000000001", "1.5", "soon", "01"}) {
    CAPTURE(text);
    CHECK(decode<WhoElseSince>("whoelsesince", {text}).error().code == Errc::bad_argument);
  }
  for (const std::string_view text : {"", "-1", "9223372036854775808", "1.5", "mid", "01"}) {
    CAPTURE(text);
    CHECK(decode<Ack>("ack", {text}).error().code == Errc::bad_argument);
  }
}

}  // namespace sockchat::wire
