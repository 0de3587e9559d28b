#include "checker/store_rules.h"

#include <doctest/doctest.h>

#include "checker/story.h"

namespace sockchat::checker::test {
namespace {

// Call 1 was accepted, 2 refused; of 3 nothing is known.
Story sent() {
  Story story = Story().login(10, 0).login(11, 1).send(1, 0, 1).ok(1, 5).read(11, 1, 0, 1, 5);
  return story.send(2, 0, 1).fail(2, "mailbox_full").send(3, 0, 1).info(3);
}

TEST_CASE("K11: what was accepted is stored, and perhaps what is not known") {
  CHECK(broken(sent().looked_at_store().stored(5, 0, 1, 1)) == "");
  CHECK(broken(sent().looked_at_store().stored(5, 0, 1, 1).stored(6, 0, 1, 3)) == "");
  CHECK(broken(sent().looked_at_store()) == "K11");
  CHECK(broken(sent()) == "");
}

TEST_CASE("K11: what was refused is not stored, and nothing that nobody sent") {
  CHECK(broken(sent().looked_at_store().stored(5, 0, 1, 1).stored(6, 0, 1, 2)) == "K11");
  CHECK(broken(sent().looked_at_store().stored(5, 0, 1, 1).stored(6, 0, 1, 9)) == "K2");
}

TEST_CASE("K11: what was seen is stored, answered or not") {
  Story story =
      Story().login(10, 0).login(11, 1).send(3, 0, 1).info(3).read(11, 1, 0, 3, 6).looked_at_store();
  CHECK(broken(Story(story).stored(6, 0, 1, 3)) == "");
  CHECK(broken(story) == "K11");
}

TEST_CASE("K11: once, and whole") {
  const Story story = sent().looked_at_store().stored(5, 0, 1, 1);
  CHECK(broken(Story(story).stored(6, 0, 1, 1)) == "K11 K7");
  CHECK(broken(sent().looked_at_store().stored(5, 0, 1, 1).altered()) == "K4");
  CHECK(broken(sent().looked_at_store().stored(6, 0, 1, 1)) == "K7");
}

TEST_CASE("K11: in the right mailbox, of somebody and for somebody") {
  CHECK(broken(sent().looked_at_store().stored(5, 0, 2, 1)) == "K11");
  CHECK(broken(sent().looked_at_store().stored(5, 0, kStranger, 1)) == "K11");
  CHECK(broken(sent().looked_at_store().stored(5, kStranger, 1, 1)) == "K11 K4");
}

TEST_CASE("K11: the file is whole") {
  CHECK(broken(sent().looked_at_store("row_7_missing").stored(5, 0, 1, 1)) == "K11");
}

TEST_CASE("K11: a cursor is not before the acknowledgement") {
  const Story story = sent().ack(11, 1, 5).looked_at_store().stored(5, 0, 1, 1);
  CHECK(broken(Story(story).cursor(1, 5)) == "");
  CHECK(broken(Story(story).cursor(1, 6)) == "K11");
  CHECK(broken(Story(story).cursor(0, 1)) == "K11");
}

TEST_CASE("K11: the blocks are those that were made") {
  const Story story = Story().block(1, 0, 1).changed(1).looked_at_store();
  CHECK(broken(Story(story).stored_block(0, 1)) == "");
  CHECK(broken(story) == "K11");
  CHECK(broken(Story().looked_at_store().stored_block(0, 1)) == "K11");
  CHECK(broken(Story().block(1, 0, 1).perhaps_changed(1).looked_at_store().stored_block(0, 1)) == "");
}

}  // namespace
}  // namespace sockchat::checker::test
