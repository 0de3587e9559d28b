#include "net/send_queue.h"

#include <doctest/doctest.h>

#include <deque>
#include <random>
#include <string>

namespace sockchat::net {
namespace {

std::string content(const SendQueue& queue) {
  iovec parts[4096];
  std::string text;
  for (std::size_t at = 0, count = queue.gather(parts); at < count; ++at) {
    text.append(static_cast<const char*>(parts[at].iov_base), parts[at].iov_len);
  }
  return text;
}

std::size_t parts_of(const SendQueue& queue) {
  iovec parts[64];
  return queue.gather(parts);
}

TEST_CASE("what is shared one after the other is one part for who takes all of it") {
  BlockPool pool;
  SendQueue all;
  SendQueue some;
  for (int at = 0; at < 100; ++at) {
    const Segment shared = pool.share(std::string(600, static_cast<char>('a' + at % 26)));
    all.append(shared);
    if (at % 50 == 0) some.append(shared);
  }
  CHECK(parts_of(all) == 1);
  CHECK(parts_of(some) == 2);
  CHECK(all.bytes() == 60'000);
  CHECK(content(some) == std::string(600, 'a') + std::string(600, static_cast<char>('a' + 50 % 26)));
}

TEST_CASE("small pieces are put behind each other, whether they are shared or not") {
  BlockPool pool;
  SendQueue queue;
  queue.append(pool, "one ");
  queue.append(pool.share("two "));
  queue.append(pool, "three");
  CHECK(parts_of(queue) == 1);
  CHECK(content(queue) == "one two three");
}

TEST_CASE("a queue gives back what it took, in the order in which it took it, however it is taken") {
  std::mt19937 random(7);
  BlockPool pool;
  {
    std::deque<SendQueue> queues(5);
    std::deque<std::string> models(5);
    for (int step = 0; step < 20'000; ++step) {
      const std::size_t at = random() % queues.size();
      const std::string bytes(random() % (random() % 50 == 0 ? 20'000 : 700),
                              static_cast<char>(random() % 256));
      if (const auto what = random() % 4; what == 0) {
        queues[at].append(pool, bytes);
        models[at] += bytes;
      } else if (what == 1) {
        const Segment shared = pool.share(bytes);
        for (std::size_t other = at; other < queues.size(); ++other) {
          queues[other].append(shared);
          models[other] += bytes;
        }
      } else {
        const std::size_t count = random() % (queues[at].bytes() + 1);
        queues[at].consume(count);
        models[at].erase(0, count);
      }
      if (step % 100 == 0) pool.end_turn();
      REQUIRE(queues[at].bytes() == models[at].size());
      if (step % 10 == 0) REQUIRE(content(queues[at]) == models[at]);
    }
    CHECK(pool.bytes() > 0);
  }
  pool.end_turn();
  CHECK(pool.bytes() == 0);
}

TEST_CASE("drained bytes stay counted until they are confirmed") {
  BlockPool pool;
  SendQueue queue;
  queue.append(pool, "first ");
  queue.append(pool.share(std::string(1000, 'x')));
  ByteBuffer target;
  queue.drain_into(target);
  CHECK(target.size() == 1006);
  CHECK(queue.bytes() == 1006);
  CHECK(parts_of(queue) == 0);
  queue.append(pool, "later");
  queue.confirm(1006);
  CHECK(queue.bytes() == 5);
  CHECK(content(queue) == "later");
}

TEST_CASE("a block that one receiver still needs is not overwritten by the next turn") {
  BlockPool pool;
  SendQueue slow;
  slow.append(pool.share("kept"));
  pool.end_turn();
  const Segment next = pool.share("new!");
  CHECK(content(slow) == "kept");
  CHECK(next.view() == "new!");
  slow.clear();
}

TEST_CASE("a piece larger than a block gets a block of its own") {
  BlockPool pool;
  SendQueue queue;
  const std::string large(1 << 20, 'l');
  queue.append(pool, large);
  queue.append(pool.share(large));
  CHECK(content(queue) == large + large);
  queue.clear();
  pool.end_turn();
  CHECK(pool.bytes() == 0);
}

}  // namespace
}  // namespace sockchat::net
