#include "sockchat/wire/server_frame.h"

#include <doctest/doctest.h>
#include <malloc.h>

#include <algorithm>
#include <vector>

#include "sockchat/wire/events.h"
#include "sockchat/wire/frame_writer.h"
#include "support/padded_text.h"

namespace sockchat::wire {
namespace {

bool refused(std::string_view json) {
  ServerFrameReader reader;
  test::PaddedText text(json);
  const auto frame = reader.read(text.span());
  if (!frame) CHECK(frame.error().code == Errc::bad_frame);
  return !frame;
}

using Words = std::vector<std::string_view>;

}  // namespace

TEST_CASE("a reply of every member is read") {
  test::PaddedText json(
      R"({"status":"ok","command":"login","id":7,"data":["yoda"],"last_login":"2026-11-22T12:00:00.123Z","failed":2,)"
      R"("waiting":3,"delivery":"stored","skipped":true,"more":true})");
  ServerFrameReader reader;
  const auto frame = reader.read(json.span());
  REQUIRE(frame);
  CHECK(frame->kind == ServerFrameKind::ok);
  CHECK(frame->command == "login");
  CHECK(frame->id == RequestId(std::uint64_t{7}));
  CHECK(std::ranges::equal(frame->data, Words{"yoda"}));
  CHECK(frame->last_login == "2026-11-22T12:00:00.123Z");
  CHECK(frame->failed == 2);
  CHECK(frame->waiting == 3);
  CHECK(frame->delivery == "stored");
  CHECK(frame->skipped);
  CHECK(frame->more);
  CHECK(frame->code.empty());
  CHECK(!frame->attempts_left);
  CHECK(!frame->retry_after);
}

TEST_CASE("what a private chat is about is read, and what is absent or of another type is empty") {
  test::PaddedText json(
      R"({"command":"introduce","data":["luke"],"session":"s1","role":"dial","expires":60,"reason":"gone"})");
  ServerFrameReader reader;
  auto frame = reader.read(json.span());
  REQUIRE(frame);
  CHECK(frame->session == "s1");
  CHECK(frame->role == "dial");
  CHECK(frame->expires == 60);
  CHECK(frame->reason == "gone");
  test::PaddedText other(R"({"command":"introduce","data":[]})");
  frame = reader.read(other.span());
  REQUIRE(frame);
  CHECK(frame->session.empty());
  CHECK(frame->role.empty());
  CHECK(!frame->expires);
  CHECK(frame->reason.empty());
}

TEST_CASE("an error is read with its code") {
  test::PaddedText json(
      R"({"status":"error","command":"","id":"a","code":"locked","data":["Later."],"attempts_left":0,"retry_after":60})");
  ServerFrameReader reader;
  const auto frame = reader.read(json.span());
  REQUIRE(frame);
  CHECK(frame->kind == ServerFrameKind::error);
  CHECK(frame->command.empty());
  CHECK(frame->id == RequestId("a"));
  CHECK(frame->code == "locked");
  CHECK(frame->attempts_left == 0);
  CHECK(frame->retry_after == 60);
}

TEST_CASE("events are read as they were written") {
  std::string out;
  const WallTime time(std::chrono::milliseconds(1));
  MessageEvent{"hans", "a\"b\x01", MessageId(1842), time, true}.encode(out);
  test::PaddedText json(std::string_view(out).substr(4));
  ServerFrameReader reader;
  const auto frame = reader.read(json.span());
  REQUIRE(frame);
  CHECK(frame->kind == ServerFrameKind::event);
  CHECK(frame->command == "message");
  CHECK(std::ranges::equal(frame->data, Words{"hans", "a\"b\x01"}));
  CHECK(frame->mid == "1842");
  CHECK(frame->time == "1970-01-01T00:00:00.001Z");
  CHECK(frame->stored);
}

TEST_CASE("a login before which there was none says null") {
  test::PaddedText json(R"({"status":"ok","command":"login","last_login":null})");
  ServerFrameReader reader;
  const auto frame = reader.read(json.span());
  REQUIRE(frame);
  CHECK(frame->last_login.empty());
}

TEST_CASE("members, events and items that the client does not know are ignored") {
  test::PaddedText json(
      R"({"command":"weather","data":["rain",{"mm":[[[1e300]]]},null,"wind"],"new":{"a":[{"b":{"c":[1,-2,true]}}]},"new":0})");
  ServerFrameReader reader;
  const auto frame = reader.read(json.span());
  REQUIRE(frame);
  CHECK(frame->command == "weather");
  CHECK(std::ranges::equal(frame->data, Words{"rain", "wind"}));
}

TEST_CASE("a login that may be resumed carries a token, a resumed one says so") {
  test::PaddedText json(
      R"({"status":"ok","command":"resume","data":["yoda"],"token":"s3cret","resumed":true})");
  ServerFrameReader reader;
  const auto frame = reader.read(json.span());
  REQUIRE(frame);
  CHECK(frame->token == "s3cret");
  CHECK(frame->resumed);
  CHECK(frame->items.empty());
}

TEST_CASE("the objects of a list are read, those that are none and members that nobody knows are left out") {
  test::PaddedText json(
      R"({"status":"ok","command":"history","data":[{"mid":"7","from":"hans","to":"*","text":"a\nb","time":"T","new":[1]},)"
      R"("x",5,{"login":"L","logout":null,"reason":7,"address":"::1"},[],{}],"more":true,"cut":"C","unindexed":3})");
  ServerFrameReader reader;
  const auto frame = reader.read(json.span());
  REQUIRE(frame);
  REQUIRE(frame->items.size() == 3);
  CHECK(frame->items[0] == ServerItem{.mid = "7", .from = "hans", .to = "*", .text = "a\nb", .time = "T"});
  CHECK(frame->items[1] == ServerItem{.login = "L", .address = "::1"});
  CHECK(frame->items[2] == ServerItem{});
  CHECK(frame->cut == "C");
  CHECK(frame->unindexed == 3);
  CHECK(frame->more);

  test::PaddedText next(R"({"command":"ping","data":[]})");
  const auto ping = reader.read(next.span());
  REQUIRE(ping);
  CHECK(ping->items.empty());
}

TEST_CASE("more objects than a client can ask for are left out") {
  std::string items = "{}";
  for (std::size_t i = 0; i < kServerItemsMax; ++i) items += ",{}";
  test::PaddedText json(R"({"status":"ok","command":"history","data":[)" + items + "]}");
  ServerFrameReader reader;
  const auto frame = reader.read(json.span());
  REQUIRE(frame);
  CHECK(frame->items.size() == kServerItemsMax);
}

TEST_CASE("a frame that is no object, or lacks what its kind must have, is refused") {
  CHECK(refused(""));
  CHECK(refused("[]"));
  CHECK(refused("{}"));
  CHECK(refused(R"({"command":"ping"}x)"));
  CHECK(refused(R"({"data":["a"]})"));
  CHECK(refused(R"({"status":"ok"})"));
  CHECK(refused(R"({"command":""})"));
  CHECK(refused(R"({"status":"error","command":"login"})"));
  CHECK(refused(R"({"status":"error","command":"login","code":""})"));
  CHECK(refused(R"({"status":"fine","command":"login","code":"x"})"));
  CHECK(refused("{\"command\":\"\xFF\"}"));
  CHECK(!refused(R"({"command":"x","a":)" + std::string(15, '[') + "1" + std::string(15, ']') + "}"));
  CHECK(refused(R"({"command":"x","a":)" + std::string(16, '[') + "1" + std::string(16, ']') + "}"));
  CHECK(!refused(R"({"status":"ok","command":""})"));
}

TEST_CASE("a known member that appears twice, or with another type, is refused") {
  for (const std::string_view member : {R"("command":"ping")",
                                        R"("status":"ok","st\u0061tus":"ok")",
                                        R"("data":[],"data":[])",
                                        R"("mid":"1","mid":"1")",
                                        R"("status":1)",
                                        R"("id":-1)",
                                        R"("id":9007199254740992)",
                                        R"("code":1)",
                                        R"("data":"a")",
                                        R"("mid":1)",
                                        R"("time":1)",
                                        R"("delivery":null)",
                                        R"("last_login":1)",
                                        R"("attempts_left":-1)",
                                        R"("retry_after":1.5)",
                                        R"("failed":"1")",
                                        R"("waiting":null)",
                                        R"("stored":1)",
                                        R"("skipped":"true")",
                                        R"("more":null)",
                                        R"("token":null)",
                                        R"("resumed":1)",
                                        R"("cut":1)",
                                        R"("unindexed":"1")",
                                        R"("mid":"\udc00")"}) {
    CAPTURE(member);
    CHECK(refused(R"({"command":"ping",)" + std::string(member) + "}"));
  }
}

TEST_CASE("the largest frame of a server is read, and a small one after it") {
  ServerFrameReader reader;
  test::PaddedText large(R"({"command":"x","data":[")" + std::string((1 << 20) - 100, 'x') + "\"]}");
  const auto list = reader.read(large.span());
  REQUIRE(list);
  CHECK(list->data[0].size() == (1 << 20) - 100);
  test::PaddedText small(R"({"command":"ping"})");
  const auto ping = reader.read(small.span());
  REQUIRE(ping);
  CHECK(ping->command == "ping");
  CHECK(ping->data.empty());
}

TEST_CASE("the memory that a large frame took is given back at the next small one") {
  // A sanitizer's allocator is not seen here; the other variants are enough.
  const auto in_use = [] {
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
  };
  ServerFrameReader reader;
  std::string items = R"({"command":"x","data":["")";
  while (items.size() < (1 << 20) - 10) items += R"(,"")";
  test::PaddedText large(items + "]}");
  test::PaddedText small(R"({"command":"ping"})");
  REQUIRE(reader.read(small.span()));
  const std::size_t before = in_use();
  REQUIRE(reader.read(large.span()));
  REQUIRE(reader.read(small.span()));
  CHECK(in_use() <= before + 64 * 1024);
}

}  // namespace sockchat::wire
