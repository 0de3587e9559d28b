// A resume whose waiting messages could not all be counted still gets them.
#include <doctest/doctest.h>

#include <map>
#include <string>

#include "sockchat/base/byte_buffer.h"
#include "support/core_world.h"
#include "support/faulty_store.h"
#include "support/frames.h"

using namespace sockchat;
using namespace sockchat::test;

namespace {

// Gives every count up before it has found anything.
class UncountedStore final : public FaultyStore {
 public:
  UncountedStore(domain::Store& inner, StepExecutor& executor)
      : FaultyStore(inner, executor, [](StoreOperation) { return StoreFault::none; }) {}
  void record_login(domain::NewLogin login, Completion<Result<domain::StoredLogin>> done) override {
    FaultyStore::record_login(std::move(login),
                              [done = std::move(done)](Result<domain::StoredLogin> stored) mutable {
                                REQUIRE(stored);
                                stored->waiting = 0;
                                stored->may_wait = true;
                                done(std::move(stored));
                              });
  }
};

class Heard final : public server_core::Links, public server_core::Journal {
 public:
  void send(ConnectionId id, std::string_view frames) override { by[id] += frames; }
  void multicast(std::span<const ConnectionId> ids, std::string_view frames) override {
    for (const ConnectionId id : ids) send(id, frames);
  }
  void release(ConnectionId) override {}
  void close(ConnectionId, CloseReason) override {}
  void note(const server_core::JournalEntry&) override {}

  std::map<ConnectionId, std::string> by;
};

}  // namespace

TEST_CASE("resume: what waits behind a count that was given up is delivered") {
  StepExecutor answers;
  StepExecutor hashing;
  storage::MemoryStore inner{answers, {}};
  UncountedStore store{inner, answers};
  FakeHasher hasher{hashing};
  FakeClock clock;
  FakeTokens tokens;
  Heard heard;
  server_core::ServerCore core{CoreWorld::standard_config(),
                               {.store = store,
                                .hasher = hasher,
                                .token_source = tokens,
                                .clock = clock,
                                .links = heard,
                                .journal = heard}};
  const auto settle = [&] {
    while (store.commit_one() || store.tell_one() || hashing.run_one()) {
    }
  };
  const auto say = [&](ConnectionId id, std::string_view json) {
    ByteBuffer frame;
    frame.append(json);
    static_cast<void>(core.on_frame(id, frame.bytes()));
    settle();
  };
  core.start([](const Result<void>& started) { REQUIRE(started); });
  settle();
  for (const char* name : {"hans", "yoda"})
    core.import_account(*domain::UserName::parse(name, 32), "hash:secret",
                        [](const Result<void>& stored) { REQUIRE(stored); });
  settle();
  const ConnectionId before(1);
  const ConnectionId sender(2);
  const ConnectionId again(3);
  for (const ConnectionId id : {before, sender, again}) {
    core.on_open(id, "127.0.0.1");
    say(id, R"({"command":"hello","data":["ack","resume"]})");
  }
  say(before, request("login", {"hans", "secret"}));
  core.on_closed(before, CloseReason::peer_closed);
  say(sender, request("login", {"yoda", "secret"}));
  say(sender, request("message", {"hans", "Hey Dude"}));
  say(again, request("resume", {"token 1", "0"}));
  CHECK(contains(heard.by[again], R"({"command":"message","data":["yoda","Hey Dude"])"));
  CHECK(contains(heard.by[again], R"("stored":true)"));
}
