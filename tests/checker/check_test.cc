#include "checker/check.h"

#include <doctest/doctest.h>

#include <chrono>

#include "checker/story.h"

namespace sockchat::checker::test {
namespace {

// Three who are there: u0, u1 and u2, in the sessions 10, 11 and 12.
Story three() { return Story().login(10, 0).login(11, 1).login(12, 2); }

TEST_CASE("a quiet conversation breaks no rule, and is counted") {
  Story story = three();
  story.send(1, 0, 1).ok(1, 5).read(11, 1, 0, 1, 5).ack(11, 1, 5);
  story.send(2, 1, kEverybody).ok(2, 6).read(10, 0, 1, 2, 6).read(12, 2, 1, 2, 6);
  story.send(3, 2, 0).info(3).fail(3, "mailbox_full").drained();
  CHECK(broken(story) == "");
  const Figures figures = check(story.history()).figures;
  CHECK(figures.operations == 6);
  CHECK(figures.ok == 5);
  CHECK(figures.fail == 1);
  CHECK(figures.info == 1);
  CHECK(figures.deliveries == 3);
}

TEST_CASE("events are put in order first") {
  History history = three().send(1, 0, 1).ok(1, 5).read(11, 1, 0, 1, 5).drained().history();
  std::swap(history.front(), history.back());
  CHECK(check(history).verdict.good());
}

// --- K1

TEST_CASE("K1: an accepted message that is never shown is lost") {
  CHECK(broken(three().send(1, 0, 1).ok(1, 5).drained()) == "K1");
  CHECK(broken(three().send(1, 0, 1).ok(1, 5).came(11, 1, 0, 1, 5).drained()) == "K1");
}

TEST_CASE("K1: a message whose fate is unknown may be lost, or shown") {
  CHECK(broken(three().send(1, 0, 1).info(1).drained()) == "");
  CHECK(broken(three().send(1, 0, 1).info(1).read(11, 1, 0, 1, 5).drained()) == "");
}

TEST_CASE("K1: a history that was not drained says so, and nothing of losses") {
  const Report report = check(three().send(1, 0, 1).ok(1, 5).drained("u1").history());
  REQUIRE(report.verdict.count("K1") == 1);
  CHECK(report.verdict.violations()[0].what == "not drained in time: u1");
}

TEST_CASE("K1: a broadcast is for those who are there during the whole call") {
  const auto heard_by = [](bool u1, bool u2) {
    Story story = three();
    story.send(1, 0, kEverybody).ok(1, 5);
    if (u1) story.read(11, 1, 0, 1, 5);
    if (u2) story.read(12, 2, 0, 1, 5);
    // The end of what each of them was given.
    story.send(2, 0, 1).ok(2, 6).read(11, 1, 0, 2, 6).send(3, 0, 2).ok(3, 7).read(12, 2, 0, 3, 7);
    return broken(story.drained());
  };
  CHECK(heard_by(true, true) == "");
  CHECK(heard_by(true, false) == "K1");
  CHECK(heard_by(false, true) == "K1");
}

TEST_CASE("K1: who logs in during a broadcast may hear it, or not") {
  for (const bool hears : {false, true}) {
    Story story = Story().login(10, 0);
    story.send(1, 0, kEverybody).login(11, 1).ok(1, 5);
    if (hears) story.read(11, 1, 0, 1, 5);
    CHECK(broken(story.send(2, 0, 1).ok(2, 6).read(11, 1, 0, 2, 6).drained()) == "");
  }
}

TEST_CASE("K1: a broadcast from before the login is for others") {
  Story story = Story().login(10, 0).send(1, 0, kEverybody).ok(1, 5).login(11, 1);
  CHECK(broken(story.read(11, 1, 0, 1, 5)) == "K1");
}

// --- K2, K3, K4

TEST_CASE("K2: nothing is delivered that nobody sent, or that was refused") {
  CHECK(broken(three().read(11, 1, 0, 1, 5)) == "K2");
  CHECK(broken(three().read(11, 1, 0, 1, 5).send(1, 0, 1)) == "K2");
  CHECK(broken(three().send(1, 0, 1).fail(1, "mailbox_full").read(11, 1, 0, 1, 5)) == "K2");
}

TEST_CASE("K3: nothing is shown twice") {
  Story story = three().send(1, 0, 1).ok(1, 5).read(11, 1, 0, 1, 5);
  CHECK(broken(story) == "");
  CHECK(broken(story.read(11, 1, 0, 1, 6)) == "K3 K7");
}

TEST_CASE("K4: sender, recipient and text are those that were sent") {
  const Story story = three().send(1, 0, 1).ok(1, 5);
  CHECK(broken(Story(story).read(11, 1, 0, 1, 5)) == "");
  CHECK(broken(Story(story).read(11, 1, 2, 1, 5)) == "K4");
  CHECK(broken(Story(story).came(11, 1, 0, 1, 5).altered()) == "K4");
  CHECK(broken(Story(story).read(12, 2, 0, 1, 5)) == "K4");
  CHECK(broken(three().send(1, 0, kEverybody).ok(1, 5).read(10, 0, 0, 1, 5)) == "K4");
}

// --- K5, K7

TEST_CASE("K5: a reader's mids rise within a session") {
  Story story = three().send(1, 0, 1).send(2, 2, 1).ok(1, 5).ok(2, 6);
  CHECK(broken(Story(story).came(11, 1, 0, 1, 5).came(11, 1, 2, 2, 6)) == "");
  CHECK(broken(Story(story).came(11, 1, 0, 1, 5).came(11, 1, 0, 1, 5)) == "K5");
  CHECK(broken(Story(story).came(11, 1, 2, 2, 6).came(11, 1, 0, 1, 5)) == "K1 K5");
  CHECK(broken(Story(story).read(11, 1, 0, 1, 5).read(11, 1, 2, 2, 6)) == "");
}

TEST_CASE("K5: what is answered first stands before what is sent later") {
  CHECK(broken(three().send(1, 0, 1).ok(1, 5).send(2, 2, 1).ok(2, 6)) == "");
  CHECK(broken(three().send(1, 0, 1).ok(1, 5).send(2, 2, 1).ok(2, 4)) == "K5");
  // At once: either.
  CHECK(broken(three().send(1, 0, 1).send(2, 2, 1).ok(1, 5).ok(2, 4)) == "");
}

TEST_CASE("K5: a sender's own order is kept") {
  CHECK(broken(three().send(1, 0, 1).send(2, 0, 2).ok(1, 5).ok(2, 6)) == "");
  CHECK(broken(three().send(1, 0, 1).send(2, 0, 2).ok(2, 4).ok(1, 5)) == "K5");
  // Not that of one which was refused for the time being; that of one which was cut off.
  CHECK(broken(three().send(1, 0, 1).send(2, 0, 2).info(1, "busy").ok(2, 4).ok(1, 5)) == "");
  CHECK(broken(three().send(1, 0, 1).send(2, 0, 2).info(1, "cut").ok(2, 4).ok(1, 5)) == "K5");
  // Nor of one that met a block, the answer was lost, and it was asked again behind the block.
  Story story = three().block(3, 1, 0).changed(3).send(1, 0, 1).send(2, 0, 2).info(1).info(2);
  CHECK(broken(story.unblock(4, 1, 0).changed(4).ok(2, 4).ok(1, 5)) == "");
}

TEST_CASE("K7: every answer to a call names one mid, and every mid one call") {
  CHECK(broken(three().send(1, 0, 1).ok(1, 5).ok(1, 5)) == "");
  CHECK(broken(three().send(1, 0, 1).ok(1, 5).ok(1, 6)) == "K7");
  CHECK(broken(three().send(1, 0, 1).ok(1, 5).fail(1, "blocked")) == "K7 K8");
  CHECK(broken(three().send(1, 0, 1).send(2, 2, 1).ok(1, 5).ok(2, 5)) == "K7");
  CHECK(broken(three().send(1, 0, 1).ok(1, 5).fail(1, "cid_reused")) == "K7");
}

TEST_CASE("K7: a cid that stands for another content is refused") {
  Event reuse{.kind = Kind::send, .user = 0, .peer = 1, .call = 2, .hash = 2, .word = "reuse"};
  const Story story = three().send(1, 0, 1).ok(1, 5).read(11, 1, 0, 1, 5).add(reuse);
  CHECK(broken(Story(story).fail(2, "cid_reused").drained()) == "");
  CHECK(broken(Story(story).ok(2, 5).drained()) == "K7");
}

// --- the frame of it

TEST_CASE("a server that ends by itself is a fault") {
  CHECK(broken(three().add({.kind = Kind::server_ended, .word = "134"})) == "server");
}

TEST_CASE("an answer to nothing is told") {
  CHECK(broken(three().add({.kind = Kind::fact, .word = "unexpected:{}"})) == "history");
  CHECK(broken(three().ok(7, 5)) == "history");
  CHECK(broken(three().changed(7)) == "history");
}

TEST_CASE("a login that is refused for good is told") {
  const auto refused = [](const char* code) {
    Story story = Story().add({.kind = Kind::login, .user = 0, .session = 1});
    return broken(story.add({.kind = Kind::enter_fail, .user = 0, .session = 1, .word = code}));
  };
  CHECK(refused("already_online") == "");
  CHECK(refused("busy") == "");
  CHECK(refused("storage") == "");
  CHECK(refused("bad_credentials") == "history");
}

TEST_CASE("recovery is from the kill to the next session that is asked for and opened") {
  Story story = three().send(1, 0, 1).add({.kind = Kind::login, .user = 3, .session = 13});
  story.add({.kind = Kind::nemesis_begin, .word = "kill"});
  // These were on their way.
  story.ok(1, 5).add({.kind = Kind::enter_ok, .user = 3, .session = 13, .word = "new"}).later(38);
  story.add({.kind = Kind::nemesis_end, .word = "kill"}).later(57).login(14, 0).login(15, 1);
  CHECK(check(story.history()).figures.slowest_recovery == 100'000'000);
}

TEST_CASE("a million events are checked within a minute") {
  Story story;
  for (int user = 0; user < 50; ++user) story.login(static_cast<std::uint64_t>(user) + 1, user);
  for (std::uint64_t call = 1; call <= 200'000; ++call) {
    const int from = static_cast<int>(call % 50);
    const int to = static_cast<int>((call + call / 50 % 49 + 1) % 50);
    const auto session = static_cast<std::uint64_t>(to) + 1;
    story.send(call, from, to).ok(call, call).read(session, to, from, call, call).ack(session, to, call);
  }
  story.drained();
  REQUIRE(story.history().size() > 1'000'000);
  const auto start = std::chrono::steady_clock::now();
  CHECK(check(story.history()).verdict.good());
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(60));
}

}  // namespace
}  // namespace sockchat::checker::test
