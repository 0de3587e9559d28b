#include "checker/readers.h"

#include <doctest/doctest.h>

#include "checker/story.h"

namespace sockchat::checker::test {
namespace {

// u0 has sent u1 the calls 1, 2 and 3, with the mids 5, 6 and 7.
Story three_sent() {
  return Story().login(10, 0).send(1, 0, 1).ok(1, 5).send(2, 0, 1).ok(2, 6).send(3, 0, 1).ok(3, 7);
}

TEST_CASE("K6: a resume begins behind what was shown") {
  const Story story = three_sent().login(11, 1).read(11, 1, 0, 1, 5).lost(11, 1).resume(12, 1, 5);
  CHECK(broken(Story(story).read(12, 1, 0, 2, 6).read(12, 1, 0, 3, 7).drained()) == "");
  CHECK(broken(Story(story).came(12, 1, 0, 1, 5).read(12, 1, 0, 2, 6).read(12, 1, 0, 3, 7).drained()) ==
        "K6");
  CHECK(broken(Story(story).read(12, 1, 0, 3, 7).drained()) == "K1 K6");
}

TEST_CASE("K6: also of what was acknowledged nothing more comes, and nothing is left out") {
  const Story story = three_sent().login(11, 1).read(11, 1, 0, 1, 5).ack(11, 1, 5).lost(11, 1);
  CHECK(broken(Story(story).resume(12, 1, 5, "new").read(12, 1, 0, 2, 6)) == "");
  CHECK(broken(Story(story).resume(12, 1, 5, "new").read(12, 1, 0, 3, 7)) == "K6");
}

TEST_CASE("K1: a login offers what was not acknowledged, with no gap") {
  const Story story = three_sent().login(11, 1).read(11, 1, 0, 1, 5).ack(11, 1, 5).lost(11, 1).login(12, 1);
  CHECK(broken(Story(story).read(12, 1, 0, 2, 6).read(12, 1, 0, 3, 7).drained()) == "");
  CHECK(broken(Story(story).read(12, 1, 0, 3, 7)) == "K1");
  // A confirmation that got lost makes it come again, which the client does not show.
  const Story again = Story(story).came(12, 1, 0, 1, 5).read(12, 1, 0, 2, 6).read(12, 1, 0, 3, 7).drained();
  CHECK(broken(again) == "");
  CHECK(check(again.history()).figures.wire_repeats == 1);
}

TEST_CASE("K6: a broadcast of the time away comes with a resume, and with no login") {
  Story story = Story().login(10, 0).login(11, 1).lost(11, 1).send(1, 0, kEverybody).ok(1, 5);
  story.send(2, 0, 1).ok(2, 6);
  CHECK(broken(Story(story).resume(12, 1, 0).read(12, 1, 0, 1, 5).read(12, 1, 0, 2, 6).drained()) == "");
  CHECK(broken(Story(story).resume(12, 1, 0).read(12, 1, 0, 2, 6).drained()) == "K6");
  CHECK(broken(Story(story).login(12, 1).read(12, 1, 0, 2, 6).drained()) == "");
  CHECK(broken(Story(story).login(12, 1).read(12, 1, 0, 1, 5).read(12, 1, 0, 2, 6).drained()) == "K1");
  CHECK(broken(Story(story).resume(12, 1, 0, "new").read(12, 1, 0, 1, 5).read(12, 1, 0, 2, 6)) == "K1");
}

TEST_CASE("K6: a stay is as long as its resumes reach") {
  Story story = Story().login(10, 0).login(11, 1).lost(11, 1).resume(12, 1, 0).lost(12, 1);
  story.send(1, 0, kEverybody).ok(1, 5).resume(13, 1, 0).send(2, 0, 1).ok(2, 6);
  CHECK(broken(Story(story).read(13, 1, 0, 1, 5).read(13, 1, 0, 2, 6).drained()) == "");
  CHECK(broken(Story(story).read(13, 1, 0, 2, 6).drained()) == "K6");
}

TEST_CASE("K6: a good token is good") {
  Story story = Story().login(10, 0).lost(10, 0).add({.kind = Kind::resume, .user = 0, .session = 11});
  story.add({.kind = Kind::enter_fail, .user = 0, .session = 11, .word = "bad_token"});
  CHECK(broken(story) == "K6");
}

TEST_CASE("K6: who comes back in time is resumed") {
  const auto back_after = [](std::int64_t milliseconds, const char* how) {
    Story story;
    story.add({.kind = Kind::fact, .mid = 6000, .word = "dead_ms"});
    story.add({.kind = Kind::fact, .mid = 1000, .word = "margin_ms"});
    return broken(story.login(10, 0).lost(10, 0).later(milliseconds).resume(11, 0, 0, how));
  };
  CHECK(back_after(100, "resumed") == "");
  CHECK(back_after(100, "new") == "K6");
  CHECK(back_after(4900, "new") == "K6");
  CHECK(back_after(5100, "new") == "");
  CHECK(back_after(9000, "new") == "");
}

// --- K8

TEST_CASE("K8: what is sent behind the answer to a block does not arrive") {
  const Story story = Story().login(10, 0).login(11, 1).block(1, 1, 0).changed(1).send(2, 0, 1);
  CHECK(broken(Story(story).fail(2, "blocked").drained()) == "");
  CHECK(broken(Story(story).info(2).drained()) == "");
  CHECK(broken(Story(story).info(2).read(11, 1, 0, 2, 5)) == "K8");
  CHECK(broken(Story(story).ok(2, 5).read(11, 1, 0, 2, 5)) == "K8");
  CHECK(broken(Story(story).ok(2, 5)) == "K8");
}

TEST_CASE("K8: what is accepted before the block arrives") {
  Story story = Story().login(10, 0).login(11, 1).send(2, 0, 1).ok(2, 5).block(1, 1, 0).changed(1);
  CHECK(broken(Story(story).read(11, 1, 0, 2, 5).drained()) == "");
  CHECK(broken(Story(story).drained()) == "K1");
}

TEST_CASE("K8: at the same time either may be") {
  const Story story = Story().login(10, 0).login(11, 1).block(1, 1, 0).send(2, 0, 1).changed(1);
  CHECK(broken(Story(story).fail(2, "blocked").drained()) == "");
  CHECK(broken(Story(story).ok(2, 5).read(11, 1, 0, 2, 5).drained()) == "");
}

TEST_CASE("K8: a block ends with the request to end it") {
  const Story blocked = Story().login(10, 0).login(11, 1).block(1, 1, 0).changed(1);
  CHECK(broken(Story(blocked).send(2, 0, 1).unblock(3, 1, 0).changed(3).ok(2, 5).read(11, 1, 0, 2, 5)) == "");
  CHECK(broken(Story(blocked).unblock(3, 1, 0).changed(3).send(2, 0, 1).fail(2, "blocked")) == "K8");
  CHECK(broken(Story(blocked).unblock(3, 1, 0).perhaps_changed(3).send(2, 0, 1).fail(2, "blocked")) == "");
}

TEST_CASE("K8: nobody is refused without a block") {
  CHECK(broken(Story().login(10, 0).send(2, 0, 1).fail(2, "blocked")) == "K8");
}

TEST_CASE("K8: a broadcast passes by who has its sender blocked, and nobody else") {
  Story story = Story().login(10, 0).login(11, 1).login(12, 2).block(1, 1, 0).changed(1);
  story.send(2, 0, kEverybody).ok(2, 5).send(3, 2, 1).ok(3, 6).send(4, 1, 2).ok(4, 7);
  CHECK(broken(Story(story).read(11, 1, 2, 3, 6).read(12, 2, 0, 2, 5).read(12, 2, 1, 4, 7).drained()) == "");
  CHECK(broken(Story(story).read(11, 1, 0, 2, 5).read(11, 1, 2, 3, 6).read(12, 2, 0, 2, 5)) == "K8");
  CHECK(broken(Story(story).read(12, 2, 1, 4, 7)) == "K1");
}

TEST_CASE("K8: a change is answered by what is so") {
  CHECK(broken(Story().block(1, 1, 0).unchanged(1, "already_blocked")) == "K8");
  CHECK(broken(Story().block(1, 1, 0).perhaps_changed(1).unchanged(1, "already_blocked")) == "");
  CHECK(broken(Story().unblock(1, 1, 0).unchanged(1, "not_blocked")) == "");
  CHECK(broken(Story().block(1, 1, 0).changed(1).unblock(2, 1, 0).unchanged(2, "not_blocked")) == "K8");
  CHECK(broken(Story().block(1, 1, 0).changed(1).block(2, 1, 0).changed(2)) == "K8");
  CHECK(broken(Story().block(1, 1, 0).changed(1).block(2, 1, 0).unchanged(2, "already_blocked")) == "");
}

}  // namespace
}  // namespace sockchat::checker::test
