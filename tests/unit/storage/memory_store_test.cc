// What only the store in memory does: it forgets. What every store does is in the contract.
#include "sockchat/storage/memory_store.h"

#include <doctest/doctest.h>

#include <deque>
#include <utility>

namespace sockchat::storage {
namespace {

constexpr UserId kHans(1);
constexpr UserId kLuke(2);
constexpr UserId kYoda(3);
constexpr UserId kAll;
constexpr WallTime kStart(std::chrono::hours(1'000'000));

class Steps final : public Executor {
 public:
  void post(Task task) override { tasks_.push_back(std::move(task)); }
  void run_all() {
    for (; !tasks_.empty(); tasks_.pop_front()) tasks_.front()();
  }

 private:
  std::deque<Task> tasks_;
};

struct World {
  Steps steps;
  MemoryStore store;

  explicit World(std::size_t messages_max, std::size_t queue_max = 100)
      : store(steps, {.queue_max = queue_max, .messages_max = messages_max}) {}

  Result<domain::Accepted> append(UserId to, std::string cid = {}) {
    Result<domain::Accepted> answer = fail(Errc::internal);
    store.append({.from = kHans, .to = to, .text = "hey", .cid = std::move(cid), .time = kStart},
                 [&](Result<domain::Accepted> accepted) { answer = std::move(accepted); });
    steps.run_all();
    return answer;
  }
  void confirm(UserId reader, std::uint64_t up_to) {
    store.confirm(reader, MessageId(up_to), [](const Result<void>& done) { CHECK(done); });
    steps.run_all();
  }
  // Everything that the reader may read again.
  std::vector<std::uint64_t> kept(UserId reader) {
    std::vector<std::uint64_t> ids;
    const domain::FetchRange range{reader, MessageId(), MessageId(), kStart, 1000, 1'000'000};
    store.fetch(range, [&](Result<domain::FetchedPage> page) {
      for (const domain::Message& message : page.value().messages) ids.push_back(message.id.value());
    });
    steps.run_all();
    return ids;
  }
};

using Ids = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("a full memory forgets what was confirmed longest ago, behind what nobody has confirmed") {
  World world(4);
  world.append(kLuke);
  world.append(kYoda);
  world.append(kYoda);
  world.append(kYoda);
  world.confirm(kYoda, 3);
  CHECK(world.append(kYoda)->id == MessageId(5));
  CHECK(world.append(kYoda)->id == MessageId(6));
  CHECK(world.kept(kLuke) == Ids{1});
  CHECK(world.kept(kYoda) == Ids{4, 5, 6});
}

TEST_CASE("a memory full of unconfirmed messages takes no more, and forgets none") {
  World world(2);
  world.append(kLuke);
  world.append(kYoda);
  for (const UserId to : {kLuke, kYoda, kAll}) {
    const auto refused = world.append(to);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::storage);
  }
  CHECK(world.kept(kLuke) == Ids{1});
  CHECK(world.kept(kYoda) == Ids{2});
  world.confirm(kLuke, 1);
  CHECK(world.append(kLuke)->id == MessageId(3));
}

TEST_CASE("broadcasts are forgotten without anybody's confirmation") {
  World world(3);
  for (int count = 0; count < 10; ++count) CHECK(world.append(kAll));
  CHECK(world.kept(kLuke) == Ids{8, 9, 10});
}

TEST_CASE("a message that was confirmed before it came is forgotten like any other") {
  World world(2);
  world.confirm(kLuke, 100);
  for (int count = 0; count < 10; ++count) CHECK(world.append(kLuke));
  CHECK(world.kept(kLuke) == Ids{9, 10});
}

TEST_CASE("a cid is remembered as long as its message") {
  World world(2);
  world.append(kLuke, "one");
  world.append(kLuke, "two");
  CHECK(world.append(kLuke, "one")->repeated);
  world.confirm(kLuke, 2);
  world.append(kLuke, "three");
  CHECK(world.append(kLuke, "two")->id == MessageId(2));
  const auto again = world.append(kLuke, "one");
  REQUIRE(again);
  CHECK_FALSE(again->repeated);
  CHECK(again->id == MessageId(4));
}

TEST_CASE("a repeated cid is answered when memory is full") {
  World world(1);
  world.append(kLuke, "one");
  CHECK(world.append(kLuke, "one")->id == MessageId(1));
  CHECK(world.append(kYoda, "one").error().code == Errc::cid_reused);
}

TEST_CASE("a full queue answers busy through the executor, and does nothing") {
  World world(10, 2);
  std::vector<std::string> answers;
  for (int count = 0; count < 3; ++count) {
    world.store.append({kHans, kLuke, "hey", {}, kStart},
                       [&answers](const Result<domain::Accepted>& accepted) {
                         answers.emplace_back(accepted ? "ok" : name_of(accepted.error().code));
                       });
  }
  CHECK(answers.empty());
  world.steps.run_all();
  CHECK(answers == std::vector<std::string>{"ok", "ok", "busy"});
  CHECK(world.kept(kLuke) == Ids{1, 2});
  CHECK(world.store.in_flight() == 0);
}

}  // namespace sockchat::storage
