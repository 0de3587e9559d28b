#include "sockchat/domain/mailbox.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

namespace sockchat::domain {
namespace {

using namespace std::chrono_literals;

constexpr UserId kHans(1);
constexpr UserId kLuke(2);
constexpr WallTime kStart(1'000'000h);

WaitingRecord waiting(std::uint64_t id, std::uint32_t bytes = 10, WallTime time = kStart,
                      UserId user = kHans) {
  return {.user = user, .message = MessageId(id), .bytes = bytes, .time = time};
}

// The same, told as simply as it can be: every question walks over everything.
struct Model {
  std::vector<WaitingRecord> waiting;
  std::multimap<UserId, std::size_t> reserved;

  [[nodiscard]] std::size_t count(UserId user) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(waiting, [user](const WaitingRecord& one) { return one.user == user; }));
  }
  [[nodiscard]] std::size_t bytes(UserId user) const {
    std::size_t sum = 0;
    for (const WaitingRecord& one : waiting) sum += one.user == user ? one.bytes : 0;
    return sum;
  }
  [[nodiscard]] MessageId newest(UserId user) const {
    MessageId newest;
    for (const WaitingRecord& one : waiting) newest = one.user == user ? one.message : newest;
    return newest;
  }
  [[nodiscard]] bool has_room(UserId user, std::size_t more, std::size_t messages_max,
                              std::size_t bytes_max) const {
    std::size_t sum = bytes(user);
    const auto [first, last] = reserved.equal_range(user);
    for (auto one = first; one != last; ++one) sum += one->second;
    return count(user) + reserved.count(user) < messages_max && sum + more <= bytes_max;
  }
};

}  // namespace

TEST_CASE("what is accepted waits until it is confirmed") {
  Mailboxes boxes(10, 1000);
  boxes.add(waiting(1));
  boxes.add(waiting(2, 20));
  boxes.add(waiting(3, 5, kStart, kLuke));
  CHECK(boxes.count(kHans) == 2);
  CHECK(boxes.bytes(kHans) == 30);
  CHECK(boxes.newest(kHans) == MessageId(2));
  CHECK(boxes.confirm(kHans, MessageId(1)));
  CHECK(boxes.count(kHans) == 1);
  CHECK(boxes.bytes(kHans) == 20);
  CHECK(boxes.count(kLuke) == 1);
}

TEST_CASE("a confirmation says whether something was waiting") {
  Mailboxes boxes(10, 1000);
  CHECK_FALSE(boxes.confirm(kHans, MessageId(9)));
  boxes.add(waiting(5));
  CHECK_FALSE(boxes.confirm(kHans, MessageId(4)));
  CHECK(boxes.confirm(kHans, MessageId(9)));
  CHECK_FALSE(boxes.newest(kHans));
}

TEST_CASE("the last free place is taken by the reservation, not by the answer of the store") {
  Mailboxes boxes(2, 1000);
  boxes.reserve(kHans, 10);
  CHECK(boxes.has_room(kHans, 10));
  boxes.reserve(kHans, 10);
  CHECK_FALSE(boxes.has_room(kHans, 10));
  CHECK(boxes.has_room(kLuke, 10));
  boxes.unreserve(kHans, 10);
  boxes.add(waiting(1));
  CHECK_FALSE(boxes.has_room(kHans, 10));
  boxes.unreserve(kHans, 10);
  CHECK(boxes.has_room(kHans, 10));
  CHECK(boxes.count(kHans) == 1);
}

TEST_CASE("bytes are counted to the last one") {
  Mailboxes boxes(10, 100);
  CHECK(boxes.has_room(kHans, 100));
  CHECK_FALSE(boxes.has_room(kHans, 101));
  boxes.add(waiting(1, 60));
  boxes.reserve(kHans, 20);
  CHECK(boxes.has_room(kHans, 20));
  CHECK_FALSE(boxes.has_room(kHans, 21));
}

TEST_CASE("a message waits so long and not a millisecond longer") {
  Mailboxes boxes(10, 1000);
  boxes.add(waiting(1, 10, kStart));
  boxes.add(waiting(2, 10, kStart + 1ms));
  boxes.expire(kHans, kStart);
  CHECK(boxes.count(kHans) == 2);
  boxes.expire(kHans, kStart + 1ms);
  CHECK(boxes.count(kHans) == 1);
  boxes.expire(kHans, kStart + 2ms);
  CHECK(boxes.count(kHans) == 0);
  boxes.expire(kLuke, kStart + 2ms);
}

TEST_CASE("any sequence of operations agrees with a list that is searched from end to end") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  const auto pick = [&random](std::uint64_t below) { return random() % below; };
  constexpr std::size_t kMessagesMax = 8;
  constexpr std::size_t kBytesMax = 60;

  Mailboxes boxes(kMessagesMax, kBytesMax);
  Model model;
  std::uint64_t last = 0;
  WallTime now = kStart;
  for (int step = 0; step < 20'000; ++step) {
    const UserId user(1 + pick(3));
    const auto bytes = static_cast<std::uint32_t>(1 + pick(16));
    now += std::chrono::milliseconds(pick(3));
    switch (pick(5)) {
      case 0:
        if (boxes.has_room(user, bytes)) {
          boxes.reserve(user, bytes);
          model.reserved.emplace(user, bytes);
        }
        break;
      case 1:
      case 2:
        if (const auto first = model.reserved.find(user); first != model.reserved.end()) {
          const auto reserved = static_cast<std::uint32_t>(first->second);
          boxes.unreserve(user, reserved);
          model.reserved.erase(first);
          if (pick(4) == 0) break;  // the store said no
          boxes.add(waiting(++last, reserved, now, user));
          model.waiting.push_back(waiting(last, reserved, now, user));
        }
        break;
      case 3: {
        const MessageId up_to(last - std::min<std::uint64_t>(last, pick(12)));
        const std::size_t gone = std::erase_if(model.waiting, [&](const WaitingRecord& one) {
          return one.user == user && one.message <= up_to;
        });
        CHECK(boxes.confirm(user, up_to) == (gone > 0));
        break;
      }
      default: {
        const WallTime not_before = now - std::chrono::milliseconds(pick(40));
        boxes.expire(user, not_before);
        std::erase_if(model.waiting,
                      [&](const WaitingRecord& one) { return one.user == user && one.time < not_before; });
      }
    }
    REQUIRE(boxes.count(user) == model.count(user));
    REQUIRE(boxes.bytes(user) == model.bytes(user));
    REQUIRE(boxes.newest(user) == model.newest(user));
    REQUIRE(boxes.has_room(user, bytes) == model.has_room(user, bytes, kMessagesMax, kBytesMax));
  }
}

}  // namespace sockchat::domain
