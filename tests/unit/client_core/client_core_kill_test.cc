// A short conversation, cut at every step: the client is killed and started again, or the connection is cut.
// Nothing that was typed and kept is lost or sent twice; every message is shown, and twice only when the
// client died between showing and recording it.
#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <random>

#include "client_session.h"
#include "fake_memory.h"
#include "model_server.h"

namespace sockchat::client_core {
namespace {

using namespace std::chrono_literals;

const Lines kScript{"message yoda a", "message yoda b", "message yoda c", "message yoda d"};
constexpr int kIncoming = 4;

std::string text_of(const std::string& line) { return line.substr(line.rfind(' ') + 1); }

enum class Cut : bool { process, connection };

class Play final {
 public:
  explicit Play(std::uint64_t seed) : random_(seed) {}

  // One client, from its start; at most `steps` of them. True when nothing was left to do.
  bool run(int steps) {
    memory_ = std::make_unique<FakeMemory>(disk);
    session_ = std::make_unique<Session>(ClientConfig{.server = "localhost:4000"}, memory_.get());
    session_->out.cids = 1000 * ++runs_;
    connected_ = true;
    flushed_ = 0;
    connects_ = 0;
    session_->core.on_connected(session_->now);
    while (steps-- > 0) {
      if (!step()) return true;
    }
    return false;
  }

  void cut(Cut what) {
    server.drop();
    collect();
    to_server_.clear();
    connected_ = false;
    if (what == Cut::connection) return session_->core.on_lost(session_->now);
    // What was printed and not flushed, nobody has seen.
    recorded_at_kill = disk.shown.mid;
    session_.reset();
    memory_.reset();
    // A line that was neither kept nor taken dies with the process: nobody has said that it was sent. It is
    // typed again.
    while (typed > 0 && !is_safe(text_of(kScript[typed - 1]))) --typed;
    run(0);
  }

  // The client goes on where it is, until nothing is left.
  void finish() {
    for (int steps = 0; step(); ++steps) REQUIRE(steps < 10'000);
  }

  Disk disk;
  ModelServer server;
  std::size_t typed = 0;                 // lines of the script
  std::map<std::string, int> displayed;  // flushed
  std::uint64_t recorded_at_kill = 0;

 private:
  // One of the things that can happen now; false when there is none.
  bool step() {
    collect();
    std::vector<void (Play::*)()> choices;
    if (memory_->waiting()) choices.push_back(&Play::step_memory);
    if (!to_server_.empty()) choices.push_back(&Play::step_server);
    if (connected_ && !server.to_client.empty()) choices.push_back(&Play::step_client);
    if (flushed_ < session_->out.printed.size()) choices.push_back(&Play::flush);
    if (session_->core.wants_line() && line() != nullptr) choices.push_back(&Play::type);
    if (incoming_ < kIncoming) choices.push_back(&Play::deliver);
    if (!connected_ && session_->core.next_deadline() != kNever) choices.push_back(&Play::reconnect);
    if (choices.empty()) {
      // Every turn of the program ends with a flush, also one without output.
      session_->core.on_flushed();
      collect();
      return memory_->waiting() || !to_server_.empty();
    }
    (this->*choices[random_() % choices.size()])();
    return true;
  }

  [[nodiscard]] bool is_safe(const std::string& text) const {
    return std::ranges::count(server.taken, text) > 0 ||
           std::ranges::count(disk.outbox, text, &OutboxEntry::text) > 0;
  }
  void collect() {
    for (std::string& frame : session_->sent()) to_server_.push_back(std::move(frame));
  }
  const std::string* line() {
    const Asking asking = session_->asking();
    static const std::string name = "hans";
    static const std::string password = "pw";
    if (asking == Asking::name) return &name;
    if (asking == Asking::password) return &password;
    return typed < kScript.size() ? &kScript[typed] : nullptr;
  }
  void step_memory() { memory_->step(); }
  void step_server() {
    server.receive(to_server_.front());
    to_server_.pop_front();
  }
  void step_client() {
    const std::string frame = std::move(server.to_client.front());
    server.to_client.pop_front();
    session_->server(frame);
  }
  void flush() {
    for (; flushed_ < session_->out.printed.size(); ++flushed_) ++displayed[session_->out.printed[flushed_]];
    session_->core.on_flushed();
  }
  void type() {
    const std::string& next = *line();
    if (session_->asking() == Asking::command) ++typed;
    session_->type(next);
  }
  void deliver() { server.deliver(fmt::format("m{}", incoming_++)); }
  void reconnect() {
    session_->wait(session_->core.next_deadline() - session_->now);
    if (session_->out.connects == connects_) return;
    connects_ = session_->out.connects;
    connected_ = true;
    session_->core.on_connected(session_->now);
  }

  std::mt19937_64 random_;
  std::unique_ptr<FakeMemory> memory_;
  std::unique_ptr<Session> session_;
  std::deque<std::string> to_server_;
  bool connected_ = false;
  std::size_t flushed_ = 0;
  int incoming_ = 0;
  int runs_ = 0;
  int connects_ = 0;
};

// Every message of luke was seen, and those that were recorded when the client died not once more.
void check_shown(const Play& play, const std::map<std::string, int>& before, Cut what) {
  for (int i = 0; i < kIncoming; ++i) {
    const std::string text = fmt::format("m{}", i);
    const std::string line = "luke: " + text;
    const auto found = play.displayed.find(line);
    REQUIRE(found != play.displayed.end());
    const auto seen = before.find(line);
    const bool recorded = play.server.mid_of(text) <= play.recorded_at_kill;
    const int extra = what == Cut::process && !recorded && seen != before.end() ? 1 : 0;
    CHECK(found->second <= 1 + extra);
  }
}

void check_sent(const Play& play) {
  Lines wanted;
  for (const std::string& line : kScript) wanted.push_back(text_of(line));
  CHECK(play.server.taken == wanted);
  CHECK(fmt::format("{}", fmt::join(play.server.faults, "; ")) == "");
  CHECK(play.disk.outbox.empty());
}

TEST_CASE("a conversation that is cut at any step loses nothing and doubles nothing") {
  for (const Cut what : {Cut::process, Cut::connection}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      bool complete = false;
      int cuts = 0;
      for (int steps = 0; !complete; ++steps) {
        CAPTURE(steps);
        CAPTURE(seed);
        REQUIRE(steps < 1000);
        Play play(seed);
        complete = play.run(steps);
        // Before the first login a lost connection is the end.
        const bool early = !play.displayed.contains("Welcome to the greatest messaging application ever!");
        if (what == Cut::connection && early) continue;
        const std::map<std::string, int> before = play.displayed;
        play.cut(what);
        play.finish();
        check_sent(play);
        check_shown(play, before, what);
        ++cuts;
      }
      CHECK(cuts > 20);
    }
  }
}

}  // namespace
}  // namespace sockchat::client_core
