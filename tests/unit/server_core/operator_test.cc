#include <doctest/doctest.h>

#include "sockchat/base/byte_buffer.h"
#include "support/core_world.h"
#include "support/faulty_store.h"
#include "support/frames.h"

using namespace sockchat;
using namespace sockchat::test;

namespace {

// A store that tells of an operator's work when the test says so.
class OperatedStore final : public FaultyStore {
 public:
  OperatedStore(domain::Store& inner, StepExecutor& executor)
      : FaultyStore(inner, executor, [](StoreOperation) { return StoreFault::none; }) {}
  void watch_accounts(Completion<domain::AccountChanges> changed) override { tell = std::move(changed); }

  Completion<domain::AccountChanges> tell;
};

class LastWords final : public server_core::Links, public server_core::Journal {
 public:
  void send(ConnectionId, std::string_view frames) override { heard = frames; }
  void multicast(std::span<const ConnectionId>, std::string_view) override {}
  void release(ConnectionId) override {}
  void close(ConnectionId, CloseReason) override {}
  void note(const server_core::JournalEntry&) override {}

  std::string heard;
};

struct Fixture {
  Fixture() {
    core.start([](const Result<void>& started) { REQUIRE(started); });
    settle();
    core.on_open(id, "127.0.0.1");
  }
  void say(std::string_view json) {
    ByteBuffer frame;
    frame.append(json);
    static_cast<void>(core.on_frame(id, frame.bytes()));
  }
  void guess() { say(request("login", {"nobody", "x"})); }
  domain::Snapshot stored() {
    domain::Snapshot there;
    inner.load({}, [&there](const Result<domain::Snapshot>& snapshot) {
      REQUIRE(snapshot);
      there = *snapshot;
    });
    settle();
    return there;
  }
  void settle() {
    while (store.commit_one() || store.tell_one() || hashing.run_one()) {
    }
  }

  const ConnectionId id{1};
  StepExecutor answers;
  StepExecutor hashing;
  storage::MemoryStore inner{answers, {}};
  OperatedStore store{inner, answers};
  FakeHasher hasher{hashing};
  FakeClock clock;
  FakeTokens tokens;
  LastWords words;
  server_core::ServerCore core{CoreWorld::standard_config(),
                               {.store = store,
                                .hasher = hasher,
                                .token_source = tokens,
                                .clock = clock,
                                .links = words,
                                .journal = words}};
};

}  // namespace

TEST_CASE_FIXTURE(Fixture,
                  "a guess that is being counted is not forgotten when an operator changes something") {
  for (int i = 0; i < 2; ++i) {
    guess();
    settle();
  }
  guess();
  // What the store held before the third one was counted there.
  domain::AccountChanges before;
  before.lockouts.push_back({.name = hasher.digest("nobody"), .failures = 2, .locked_until = std::nullopt});
  store.tell(std::move(before));
  settle();
  CHECK(contains(words.heard, R"("code":"locked")"));
  guess();
  settle();
  CHECK(hasher.checks == 3);
}

TEST_CASE_FIXTURE(Fixture,
                  "a token that was granted before an operator's new password was seen dies for good") {
  core.import_account(*domain::UserName::parse("hans", 32), "hash:secret",
                      [](const Result<void>& stored) { REQUIRE(stored); });
  settle();
  say(R"({"command":"hello","data":["resume"]})");
  say(request("login", {"hans", "secret"}));
  settle();
  domain::AccountChanges changes{.accounts = stored().accounts, .lockouts = {}};
  REQUIRE(stored().tokens.size() == 1);
  changes.accounts.at(0).password_hash = "hash:another";
  store.tell(std::move(changes));
  settle();
  CHECK(stored().tokens.empty());
}
