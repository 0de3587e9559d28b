// Two hubs on one reactor, with a server between them that passes on what is relayed, or lies.
#include "client/peer_hub.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/peer_proof.h"
#include "sockchat/net/tls_identity.h"
#include "sockchat/wire/frame.h"
#include "sockchat/wire/request.h"

namespace sockchat::client {
namespace {

using client_core::Introduction;
using client_core::KeyPin;

constexpr Duration kPatience = std::chrono::seconds(20);

// Long enough for a machine that is busy.
constexpr PeerPatience kShort{.direct = std::chrono::milliseconds(600),
                              .proof = std::chrono::milliseconds(200),
                              .relayed = std::chrono::milliseconds(600),
                              .dial_again = std::chrono::milliseconds(50)};

TimePoint wall_now() {
  return TimePoint(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

std::string frame_of(std::string_view text) {
  std::string frame;
  wire::append_request(frame, "private", std::array{text}, {}, "c1");
  return frame;
}

Secret fresh_identity() {
  auto identity = net::make_tls_identity();
  REQUIRE(identity);
  return *std::move(identity);
}

struct Person final : PeerEvents {
  Person(net::Reactor& reactor, PeerConfig config) : hub(*PeerHub::create(reactor, std::move(config))) {
    hub->attach(*this);
  }
  void on_peer_open(std::string_view session, bool direct) override {
    told.push_back(fmt::format("open {} {}", session, direct ? "direct" : "relayed"));
  }
  void on_peer_frame(std::string_view, std::span<char> json) override {
    told.emplace_back(json.data(), json.size());
    if (!stops_at.empty() && told.back().contains(stops_at)) hub->close("s1");
  }
  void on_peer_lost(std::string_view session) override { told.push_back(fmt::format("lost {}", session)); }
  void relay(std::string_view session, std::string_view base64) override {
    carried.emplace_back(base64);
    if (other != nullptr) other->hub->on_relayed(session, base64);
  }
  KeyPin key() { return hub->listening()->key; }
  std::uint16_t port() { return hub->listening()->port; }

  std::unique_ptr<PeerHub> hub;
  Person* other = nullptr;  // to whom the server carries
  std::string stops_at;
  std::vector<std::string> told;
  std::vector<std::string> carried;
};

// hans dials, luke listens.
struct Village {
  explicit Village(bool relay_only = false, PeerPatience patience = {})
      : hans(*reactor, {.identity = fresh_identity(), .relay_only = relay_only, .patience = patience}),
        luke(*reactor, {.identity = fresh_identity(), .patience = patience}) {
    hans.other = &luke;
    luke.other = &hans;
  }
  Introduction of_luke() {
    return {.session = "s1",
            .own_name = "hans",
            .peer = "luke",
            .address = "127.0.0.1",
            .port = luke.port(),
            .key = luke.key(),
            .dials = true};
  }
  Introduction of_hans() {
    return {.session = "s1",
            .own_name = "luke",
            .peer = "hans",
            .address = "127.0.0.1",
            .port = hans.port(),
            .key = hans.key()};
  }
  template <class Condition>
  bool reaches(Condition condition, Duration patience = kPatience) {
    const TimePoint end = wall_now() + patience;
    while (!condition() && wall_now() < end) reactor->run_once(wall_now() + std::chrono::milliseconds(20));
    return condition();
  }
  bool stands() {
    return reaches([this] { return !hans.told.empty() && !luke.told.empty(); });
  }

  std::unique_ptr<net::Reactor> reactor = *net::Reactor::create();
  Person hans;
  Person luke;
};

}  // namespace

TEST_CASE("two peers that are introduced speak to each other, whoever hears of the other first") {
  for (const bool listener_first : {true, false}) {
    Village village;
    village.luke.hub->expect(true);
    if (listener_first) village.luke.hub->open(village.of_hans());
    village.hans.hub->open(village.of_luke());
    if (!listener_first) {
      for (int turn = 0; turn < 5; ++turn)
        village.reactor->run_once(wall_now() + std::chrono::milliseconds(5));
      village.luke.hub->open(village.of_hans());
    }
    REQUIRE(village.stands());
    CHECK(village.hans.told == std::vector<std::string>{"open s1 direct"});
    CHECK(village.luke.told == std::vector<std::string>{"open s1 direct"});
    village.hans.hub->send("s1", frame_of("hi"));
    REQUIRE(village.reaches([&] { return village.luke.told.size() == 2; }));
    CHECK(village.luke.told[1] == R"({"command":"private","data":["hi"],"cid":"c1"})");
    CHECK(village.hans.carried.empty());
  }
}

TEST_CASE("what was sent before the end of a link arrives, and the end too") {
  Village village;
  village.luke.hub->open(village.of_hans());
  village.hans.hub->open(village.of_luke());
  REQUIRE(village.stands());
  village.luke.hub->send("s1", frame_of("last words"));
  village.luke.hub->close("s1");
  REQUIRE(village.reaches([&] { return village.hans.told.size() == 3; }));
  CHECK(village.hans.told[1].contains("last words"));
  CHECK(village.hans.told[2] == "lost s1");
  CHECK(village.luke.told.size() == 1);
}

TEST_CASE("through the server the same, in ciphertext of at most 32 KiB a piece") {
  Village village(true);
  CHECK(village.hans.port() == 0);
  village.luke.hub->open(village.of_hans());
  // An address that the server names all the same is not called.
  village.hans.hub->open(village.of_luke());
  REQUIRE(village.stands());
  CHECK(village.hans.told.front() == "open s1 relayed");
  CHECK(village.luke.told.front() == "open s1 relayed");
  const std::string text(40'000, 'x');
  village.hans.carried.clear();
  village.hans.hub->send("s1", frame_of(text));
  REQUIRE(village.reaches([&] { return village.luke.told.size() == 2; }));
  CHECK(village.luke.told[1].contains(text));
  CHECK(village.hans.carried.size() == 2);
  for (const std::string& piece : village.hans.carried) CHECK_FALSE(piece.contains("eHh4eHh4"));
  village.luke.hub->close("s1");
  CHECK(village.reaches([&] { return village.hans.told.back() == "lost s1"; }));
}

TEST_CASE("more frames than a turn takes are all taken, and none behind the end") {
  for (const bool relay_only : {false, true}) {
    Village village(relay_only);
    village.luke.hub->open(village.of_hans());
    village.hans.hub->open(village.of_luke());
    REQUIRE(village.stands());
    for (int n = 0; n < 500; ++n) village.hans.hub->send("s1", frame_of(fmt::format("n{}", n)));
    REQUIRE(village.reaches([&] { return village.luke.told.size() == 501; }));
    CHECK(village.luke.told[500].contains("n499"));
    village.luke.stops_at = "stop here";
    for (const char* text : {"stop here", "behind"}) village.hans.hub->send("s1", frame_of(text));
    REQUIRE(village.reaches([&] { return village.hans.told.back() == "lost s1"; }));
    CHECK(village.luke.told.size() == 502);
  }
}

TEST_CASE("nothing is taken while paused") {
  for (const bool relay_only : {false, true}) {
    Village village(relay_only);
    village.luke.hub->open(village.of_hans());
    village.hans.hub->open(village.of_luke());
    REQUIRE(village.stands());
    village.luke.hub->pause(true);
    village.hans.hub->send("s1", frame_of("hi"));
    CHECK_FALSE(
        village.reaches([&] { return village.luke.told.size() == 2; }, std::chrono::milliseconds(100)));
    village.luke.hub->pause(false);
    CHECK(village.reaches([&] { return village.luke.told.size() == 2; }));
  }
}

TEST_CASE("an impostor gets no chat: another key, another session, another name, on either way") {
  for (const bool relay_only : {false, true}) {
    for (const int lie : {0, 1, 2, 3}) {
      Village village(relay_only, kShort);
      Introduction of_hans = village.of_hans();
      Introduction of_luke = village.of_luke();
      if (lie == 0) of_hans.key = *KeyPin::parse(std::string(64, 'a'));
      if (lie == 1) of_luke.key = *KeyPin::parse(std::string(64, 'a'));
      if (lie == 2) of_hans.peer = "vader";
      if (lie == 3) of_luke.own_name = "vader";
      // What stands on no way is given up by both.
      village.luke.hub->open(of_hans);
      village.hans.hub->open(of_luke);
      REQUIRE(village.reaches([&] { return !village.luke.told.empty() && !village.hans.told.empty(); },
                              std::chrono::seconds(60)));
      CHECK(village.luke.told == std::vector<std::string>{"lost s1"});
      CHECK(village.hans.told == std::vector<std::string>{"lost s1"});
    }
  }
}

TEST_CASE("a conversation that was recorded fits no other") {
  Village village(true);
  village.luke.hub->open(village.of_hans());
  village.hans.hub->open(village.of_luke());
  REQUIRE(village.stands());
  village.hans.hub->send("s1", frame_of("once"));
  REQUIRE(village.reaches([&] { return village.luke.told.size() == 2; }));
  const std::vector<std::string> recorded = village.hans.carried;
  village.luke.hub->close("s1");
  village.luke.told.clear();
  village.luke.other = nullptr;
  village.luke.hub->open([&] {
    Introduction again = village.of_hans();
    again.address.clear();
    return again;
  }());
  for (const std::string& piece : recorded) village.luke.hub->on_relayed("s1", piece);
  REQUIRE(village.reaches([&] { return !village.luke.told.empty(); }));
  CHECK(village.luke.told == std::vector<std::string>{"lost s1"});
}

TEST_CASE("garbage through the server ends the chat it is for, and no other") {
  Village village(true);
  village.luke.hub->open(village.of_hans());
  village.hans.hub->open(village.of_luke());
  REQUIRE(village.stands());
  village.luke.hub->on_relayed("s2", "AAAA");
  village.luke.hub->on_relayed("s1", "no base64!");
  REQUIRE(village.reaches([&] { return village.luke.told.back() == "lost s1"; }));
}

TEST_CASE("a proof is for one connection, one session and two names") {
  const Secret identity = fresh_identity();
  const auto tls = *net::TlsContext::for_peer(identity);
  const auto one = *tls->connect_transport();
  const auto other = *tls->accept_transport();
  ByteBuffer wire;
  ByteBuffer plain;
  for (int flight = 0; flight < 4; ++flight) {
    REQUIRE(one->emit({}, wire));
    REQUIRE(other->ingest(wire.bytes(), {}, plain));
    wire.clear();
    REQUIRE(other->emit({}, wire));
    REQUIRE(one->ingest(wire.bytes(), {}, plain));
    wire.clear();
  }
  REQUIRE(one->is_ready());
  REQUIRE(other->is_ready());
  const Proof proof{
      .session = "s1", .signer = "hans", .signer_key = tls->pin(), .other = "luke", .other_key = tls->pin()};
  auto frame = *make_proof_frame(identity, *one, proof);
  ByteBuffer bytes;
  bytes.append(frame);
  wire::RequestReader reader;
  const auto cut = wire::next_frame(bytes.bytes(), kProofFrameMax);
  REQUIRE(cut.state == wire::FrameState::complete);
  const auto reading = reader.read(cut.payload);
  REQUIRE(reading.request.data.size() == 2);
  const std::string signature(reading.request.data[1]);
  CHECK(is_proven(*other, proof, signature));
  Proof wrong = proof;
  wrong.session = "s2";
  CHECK_FALSE(is_proven(*other, wrong, signature));
  // The same letters, cut elsewhere.
  wrong = proof;
  wrong.session = "s1h";
  wrong.signer = "ans";
  CHECK_FALSE(is_proven(*other, wrong, signature));
  // Sent back to where it came from.
  wrong = proof;
  std::swap(wrong.signer, wrong.other);
  CHECK_FALSE(is_proven(*one, wrong, signature));
}

}  // namespace sockchat::client
