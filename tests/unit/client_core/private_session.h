// A session of hans that is logged in with the token t1 and has recorded links to its peers; the next request
// has the id 3.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "away_session.h"
#include "fake_memory.h"
#include "sockchat/base/byte_buffer.h"
#include "sockchat/client_core/peer_links.h"

namespace sockchat::client_core {

inline KeyPin pin(char digit) { return *KeyPin::parse(std::string(KeyPin::kDigits, digit)); }

class RecordingLinks final : public PeerLinks {
 public:
  std::optional<Listening> listening() override {
    if (!on) return std::nullopt;
    return Listening{5000, pin('a')};
  }
  void expect(bool somebody) override { expecting = somebody; }
  void open(const Introduction& introduction) override { opened.push_back(introduction); }
  // "s1 <- {...}"
  void send(std::string_view session, std::string_view frames) override {
    std::string bytes(frames);
    const wire::FrameCut cut = wire::next_frame(bytes, 65536);
    const bool whole = cut.state == wire::FrameState::complete && cut.consumed == frames.size();
    calls.push_back(fmt::format("{} <- {}", session,
                                whole ? std::string_view(cut.payload.data(), cut.payload.size()) : "broken"));
  }
  std::size_t queued(std::string_view) override { return 0; }
  void on_relayed(std::string_view session, std::string_view base64) override {
    calls.push_back(fmt::format("{} relayed {}", session, base64));
  }
  void close(std::string_view session) override { calls.push_back(fmt::format("{} closed", session)); }
  Number safety_number(std::string_view own_name, std::string_view peer, const KeyPin& key) override {
    return {fmt::format("{}+{}+{}", own_name, peer, key.text().front()), "apple river"};
  }

  bool on = true;
  bool expecting = false;
  std::vector<Introduction> opened;
  Lines calls;
};

struct PrivateSession {
  explicit PrivateSession(ClientConfig with = config(), bool on = true, std::vector<Person> people = {})
      : disk{.people = std::move(people)}, memory(disk), core(std::move(with), out, &memory, &links) {
    links.on = on;
    core.on_connected(now);
    server(reply("hello", 1, R"("data":["sockchat","1","ack","resume"])"));
    type("hans");
    type("pw");
    memory.settle();
    if (on) CHECK(out.sent.back() == kListen);
    server(admitted("login", 2, "t1"));
    memory.settle();
    core.on_flushed();
    CHECK(std::ranges::count(out.sent, kListen) == (on ? 1 : 0));
    sent();
    printed();
  }

  void server(std::string_view json) {
    ByteBuffer bytes;
    bytes.append(json);
    core.on_frame(bytes.bytes(), now);
  }
  void peer(std::string_view session, std::string_view json) {
    ByteBuffer bytes;
    bytes.append(json);
    core.on_peer_frame(session, bytes.bytes(), now);
  }
  void type(std::string_view line) {
    REQUIRE(core.wants_line());
    core.on_line(line, now);
  }
  void wait(Duration duration) {
    now += duration;
    core.tick(now);
  }
  Lines sent() { return std::exchange(out.sent, {}); }
  Lines printed() { return std::exchange(out.printed, {}); }
  Lines linked() { return std::exchange(links.calls, {}); }

  // --- the server's words about luke and s1, if not somebody else
  void event(std::string_view command, std::string_view more, std::string_view who = "luke",
             std::string_view session = "s1") {
    server(fmt::format(R"({{"command":"{}","data":["{}"],"session":"{}"{}}})", command, who, session, more));
  }
  void question(std::string_view who = "luke", std::string_view session = "s1") {
    event("startprivate", R"(,"expires":60)", who, session);
  }
  void introduce(std::string_view who = "luke", std::string_view session = "s1", char key = 'b',
                 std::string_view role = "dial", std::string_view where = R"("127.0.0.1","6000")") {
    server(fmt::format(R"({{"command":"introduce","data":["{}",{},"{}"],"session":"{}","role":"{}"}})", who,
                       where, pin(key).text(), session, role));
  }
  // hans asks.
  void ask(std::string_view who = "luke", std::string_view session = "s1") {
    type(fmt::format("startprivate {}", who));
    server(reply("startprivate", next_id++,
                 fmt::format(R"("data":["{}"],"session":"{}","expires":60)", who, session)));
  }
  // Up to the chat that stands; nothing of it is left to look at.
  void stand(std::string_view who = "luke", std::string_view session = "s1", bool direct = true) {
    ask(who, session);
    introduce(who, session);
    core.on_peer_open(session, direct, now);
    sent();
    printed();
    linked();
  }
  void lose() { core.on_lost(now); }
  void resume(std::string_view token) {
    wait(core.next_deadline() - now);
    core.on_connected(now);
    server(reply("hello", next_id++, R"("data":["sockchat","1","resume"])"));
    server(admitted("resume", next_id++, token));
    memory.settle();
  }

  static constexpr std::string_view kListen =
      R"({"command":"listen","data":["5000","aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"],"id":"aside"})";

  Disk disk;
  FakeMemory memory;
  RecordingOutput out;
  RecordingLinks links;
  TimePoint now = TimePoint() + std::chrono::hours(1);
  ClientCore core;
  std::uint64_t next_id = 3;
};

inline std::string told_stop(std::string_view who = "luke") {
  return fmt::format(R"({{"command":"stopprivate","data":["{}"],"id":"aside"}})", who);
}

}  // namespace sockchat::client_core
