#include "sockchat/client_core/outbox.h"

#include <doctest/doctest.h>

namespace sockchat::client_core {
namespace {

OutboxEntry entry(std::string cid, std::string text = "hi") {
  return {.cid = std::move(cid), .recipient = "yoda", .text = std::move(text)};
}

TEST_CASE("an entry is sent once it is written, the oldest first") {
  Outbox outbox;
  CHECK(outbox.next() == nullptr);
  outbox.add(entry("a"));
  outbox.add(entry("b"));
  CHECK(outbox.next() == nullptr);
  outbox.written();
  REQUIRE(outbox.next() != nullptr);
  CHECK(outbox.next()->cid == "a");
  CHECK(outbox.take().cid == "a");
  CHECK(outbox.next() == nullptr);
  CHECK_FALSE(outbox.empty());
  outbox.all_written();
  CHECK(outbox.take().cid == "b");
  CHECK(outbox.empty());
}

TEST_CASE("what an earlier run has left counts as written, in its order") {
  Outbox outbox;
  outbox.add(entry("of another account"));
  outbox.restore({entry("a"), entry("b")});
  CHECK(outbox.size() == 2);
  CHECK(outbox.take().cid == "a");
  CHECK(outbox.take().cid == "b");
}

TEST_CASE("it is full by number or by bytes, and no more when entries have left") {
  Outbox many;
  for (std::size_t i = 0; i < Outbox::kEntriesMax; ++i) {
    CHECK_FALSE(many.full());
    many.add(entry("a"));
    many.written();
  }
  CHECK(many.full());
  static_cast<void>(many.take());
  CHECK_FALSE(many.full());

  Outbox large;
  large.add(entry("", std::string(Outbox::kBytesMax - 5, 'x')));
  CHECK_FALSE(large.full());
  large.add(entry("a"));
  CHECK(large.full());
  large.all_written();
  static_cast<void>(large.take());
  CHECK_FALSE(large.full());
}

TEST_CASE("an entry is a message or a broadcast") {
  const OutboxEntry message = entry("a", "text");
  CHECK(message.command() == "message");
  CHECK(message.arguments() == std::vector<std::string_view>{"yoda", "text"});
  const OutboxEntry broadcast{.cid = "b", .recipient = std::nullopt, .text = "all"};
  CHECK(broadcast.command() == "broadcast");
  CHECK(broadcast.arguments() == std::vector<std::string_view>{"all"});
}

}  // namespace
}  // namespace sockchat::client_core
