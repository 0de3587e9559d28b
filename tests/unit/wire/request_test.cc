#include "sockchat/wire/request.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

#include "support/strict_json.h"
#include "unit/wire/request_reading.h"

namespace sockchat::wire {
namespace {

Read read(std::string_view json) {
  RequestReader reader;
  return read_with(reader, json);
}

}  // namespace

TEST_CASE("all members of a request are read, in any order") {
  const Read full = read(R"({"cid":"5f0c","id":7,"data":["yoda","Hey Dude"],"command":"message"})");
  REQUIRE(!full.refused);
  CHECK(full.request == test::StrictRequest{"message", {"yoda", "Hey Dude"}, std::uint64_t{7}, "5f0c"});
}

TEST_CASE("a refused request still says its command and id, where they could be read") {
  struct Row {
    std::string_view json;
    std::string_view command;
    RequestId id;
  };
  const std::uint64_t seven = 7;
  const Row rows[] = {
      {R"({"from":"x","command":"login","id":7})", "login", seven},
      {R"({"command":"login","id":7,"from":"x"})", "login", seven},
      {R"({"data":[1],"id":"a","command":"login"})", "login", "a"},
      {R"({"command":"login","id":-1})", "login", {}},
      {R"({"command":"login","id":7,"id":7})", "login", {}},
      {R"({"command":"login","id":7,"id":7,"id":7})", "login", {}},
      {R"({"command":"login","id":-1,"id":7})", "login", {}},
      {R"({"command":"login","command":"login","id":7})", "", seven},
      {R"({"command":"login","command":"login","command":"login","id":7})", "", seven},
      {R"({"command":3,"command":"login","id":7})", "", seven},
      {R"({"command":7,"id":7})", "", seven},
      {R"({"command":"\udc00","id":7})", "", {}},
      {R"({"id":7})", "", seven},
      {R"({"command":"login","id":7,"data":[[["deep"]]]})", "login", seven},
      {R"({"command":"login","cid":"a","id":7})", "login", seven},
      {R"({"command":"login","id":7}x)", "", {}},
      {R"(["login"])", "", {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.json);
    const Read ours = read(row.json);
    CHECK(ours.refused);
    CHECK(ours.request.command == row.command);
    CHECK(ours.request.id == row.id);
  }
}

TEST_CASE("between peers other commands take a cid, and those of the server do not") {
  constexpr std::array<std::string_view, 1> kPrivate{"private"};
  RequestReader reader(kPrivate);
  const Read taken = read_with(reader, R"({"command":"private","data":["hi"],"cid":"a"})");
  CHECK(!taken.refused);
  CHECK(taken.request.cid == "a");
  CHECK(read_with(reader, R"({"command":"message","data":["luke","hi"],"cid":"a"})").sentence ==
        "Only private takes a cid.");
  // Without one it is the reader's user who judges.
  CHECK(!read_with(reader, R"({"command":"private","data":["hi"]})").refused);
}

TEST_CASE("the sentence names what is wrong") {
  CHECK(read("{").sentence == "A frame holds one JSON object in UTF-8, at most 4 levels deep.");
  CHECK(read("{}").sentence == "A request needs a command.");
  CHECK(read(R"({"command":"x","command":"x"})").sentence == "A member appears twice.");
  CHECK(read(R"({"command":"x","data":7})").sentence == "data must be an array of strings.");
  CHECK(read(R"({"command":"x","cid":"a"})").sentence == "Only message and broadcast take a cid.");
}

TEST_CASE("more than 32 members are refused, and so are 10,000") {
  for (const int members : {32, 33, 10'000}) {
    std::string json = R"({"command":"x")";
    for (int i = 1; i < members; ++i) json += fmt::format(",\"{}\":1", i);
    const Read ours = read(json + '}');
    CHECK(ours.refused);
    CHECK(ours.request.command == "x");
  }
}

TEST_CASE("depth over 4 and bombs of brackets and digits are refused") {
  RequestReader reader;
  for (const std::size_t depth :
       {std::size_t{2}, std::size_t{4}, std::size_t{5}, std::size_t{1000}, std::size_t{500'000}}) {
    for (const std::string_view brackets : {"[]", "{}"}) {
      CAPTURE(depth);
      const std::string open = brackets == "[]" ? std::string(depth, '[') : [&] {
        std::string objects;
        for (std::size_t i = 0; i < depth; ++i) objects += R"({"a":)";
        return objects + "1";
      }();
      CHECK(read_with(reader, open).refused);
      CHECK(read_with(reader, R"({"command":"x","data":)" + open + std::string(depth, brackets[1]) + "}")
                .refused);
    }
  }
  CHECK(read_with(reader, R"({"command":"x","id":)" + std::string(10'000, '9') + "}").refused);
  CHECK(read_with(reader, R"({"command":"x","id":1)" + std::string(10'000, '0') + "e-9999}").refused);
  CHECK(!read_with(reader, R"({"command":"x"})").refused);
}

TEST_CASE("a reader forgets the request before, and takes small and large ones in turn") {
  RequestReader reader;
  const std::string large =
      R"({"command":"message","id":1,"cid":"a","data":["y",")" + std::string(65'000, 'x') + "\"]}";
  const std::string larger = R"({"command":"x","data":[")" + std::string(900'000, 'x') + "\"]}";
  for (int round = 0; round < 3; ++round) {
    CHECK(read_with(reader, large).request.data.at(1).size() == 65'000);
    const Read small = read_with(reader, R"({"command":"ping"})");
    CHECK(!small.refused);
    CHECK(small.request == test::StrictRequest{"ping", {}, {}, {}});
    CHECK(read_with(reader, larger).request.data.at(0).size() == 900'000);
    CHECK(read_with(reader, "{").request == test::StrictRequest{});
  }
}

TEST_CASE("a request is written with what it has, and read back") {
  const std::vector<std::string_view> words = {"yoda", "Hey \"Dude\""};
  std::string out;
  append_request(out, "message", words, std::uint64_t{7}, "5f0c");
  CHECK(out.substr(4) == R"({"command":"message","data":["yoda","Hey \"Dude\""],"id":7,"cid":"5f0c"})");
  CHECK(!read(out.substr(4)).refused);
  out.clear();
  append_request(out, "ping", {});
  CHECK(out.substr(4) == R"({"command":"ping"})");
}

}  // namespace sockchat::wire
