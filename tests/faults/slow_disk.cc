// Every sync takes two seconds, or as long as it is told: see --help.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "faults/server_run.h"
#include "faults/talker.h"
#include "faults/verdict.h"
#include "support/temporary_directory.h"

namespace sockchat::faults {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr const char* kHelp = R"(usage: slow_disk SERVER PRELOAD

Twelve clients send what they can while every sync takes two seconds, and another one asks `ping` all the time. The
loop answers 99 of 100 pings within 50 ms, every message is answered within ten seconds, if only by `busy`, memory
stays bounded, and what was accepted is there afterwards.
)";

constexpr int kSenders = 12;
constexpr std::size_t kUnderWay = 1000;
constexpr std::size_t kTextBytes = 400;
constexpr int kPings = 400;
constexpr auto kLoadFor = std::chrono::seconds(14);
constexpr auto kAnswerMax = std::chrono::seconds(10);
constexpr milliseconds kBetweenPings{2};
constexpr double kPingMaxMs = 50;
constexpr std::size_t kGrowthMaxKib = 64 * 1024;
constexpr milliseconds kPatience{20'000};

struct Sender {
  Talker talker;
  std::vector<Clock::time_point> asked;  // by number
  std::size_t answered = 0;
  std::size_t accepted = 0;
  std::size_t busy = 0;
};

class Trial final {
 public:
  explicit Trial(Programs programs) : programs_(std::move(programs)), control_(directory_ / "control") {}
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  int run();

 private:
  void judge(bool is_right, const std::string& what) {
    fmt::print("{} - {}\n", is_right ? "ok" : "not ok", what);
    (is_right ? passed_ : failed_) += 1;
  }
  void make_accounts();
  bool log_in(ServerRun& server, Talker& talker, const std::string& name);
  void send_some(Sender& sender, int number);
  void read_answers(Sender& sender);
  void load(ServerRun& server, Talker& pinger);
  void look(ServerRun& server);

  Programs programs_;
  test::TemporaryDirectory directory_;
  SharedControl control_;
  std::vector<std::unique_ptr<Sender>> senders_;
  std::vector<double> pings_ms_;
  Clock::duration slowest_answer_{};
  std::size_t growth_kib_ = 0;
  int passed_ = 0;
  int failed_ = 0;
};

const std::vector<std::string> kServing{
    "--credentials", "credentials.txt",          "--log-level", "warn",
    "--limit",       "mailbox_messages=1000000", "--limit",     "mailbox_bytes=1GiB",
    "--limit",       "disk_free_min=0"};

void Trial::make_accounts() {
  std::string accounts = "pinger pw\nsink pw\n";
  for (int number = 0; number < kSenders; ++number) accounts += fmt::format("u{} pw\n", number);
  write_file(directory_ / "credentials.txt", accounts);
  fs::permissions(directory_ / "credentials.txt", fs::perms::owner_read);
}

bool Trial::log_in(ServerRun& server, Talker& talker, const std::string& name) {
  talker.connect(server.port());
  talker.send(request("login", {name, "pw"}, 1'000'000));
  return is_ok(talker.await_reply(1'000'000, kPatience).value_or(""));
}

void Trial::send_some(Sender& sender, int number) {
  while (sender.asked.size() - sender.answered < kUnderWay) {
    const std::size_t id = sender.asked.size();
    std::string text = fmt::format("u{}-{}-", number, id);
    text.resize(kTextBytes, '.');
    sender.asked.push_back(Clock::now());
    sender.talker.send(request("message", {"sink", text}, id));
  }
}

void Trial::read_answers(Sender& sender) {
  for (const std::string& reply : sender.talker.take_events()) {
    if (!reply.starts_with("{\"status\"")) continue;
    const auto id = static_cast<std::size_t>(std::atoll(member(reply, "id").c_str()));
    slowest_answer_ = std::max(slowest_answer_, Clock::now() - sender.asked.at(id));
    ++sender.answered;
    if (is_ok(reply)) ++sender.accepted;
    if (code_of(reply) == "busy") ++sender.busy;
  }
}

void Trial::load(ServerRun& server, Talker& pinger) {
  const std::size_t before = server.resident_kib();
  const auto end = Clock::now() + kLoadFor;
  std::uint64_t pings = 0;
  while (Clock::now() < end || pings < kPings) {
    for (int number = 0; number < kSenders; ++number)
      send_some(*senders_[static_cast<std::size_t>(number)], number);
    // One at a time, and not as fast as can be: what is measured is the loop, and not our own queue.
    const auto asked = Clock::now();
    pinger.send(request("ping", {}, ++pings));
    if (!pinger.await_reply(pings, kPatience)) return judge(false, "a ping is answered");
    pings_ms_.push_back(std::chrono::duration<double, std::milli>(Clock::now() - asked).count());
    static_cast<void>(pinger.receive(kBetweenPings));
    for (const auto& sender : senders_) read_answers(*sender);
    growth_kib_ = std::max(growth_kib_, server.resident_kib() - std::min(server.resident_kib(), before));
  }
  // The rest of the answers.
  for (const auto& sender : senders_) {
    const auto patience = Clock::now() + kPatience;
    while (sender->answered < sender->asked.size() && Clock::now() < patience) {
      if (auto frame = sender->talker.receive(milliseconds(100))) sender->talker.keep(*std::move(frame));
      for (const auto& each : senders_) read_answers(*each);
    }
  }
}

void Trial::look(ServerRun& server) {
  std::size_t asked = 0;
  std::size_t answered = 0;
  std::size_t accepted = 0;
  std::size_t busy = 0;
  for (const auto& sender : senders_) {
    asked += sender->asked.size();
    answered += sender->answered;
    accepted += sender->accepted;
    busy += sender->busy;
  }
  std::ranges::sort(pings_ms_);
  const double p99 = pings_ms_.empty() ? 1e9 : pings_ms_[pings_ms_.size() * 99 / 100];
  const double slowest = std::chrono::duration<double>(slowest_answer_).count();
  judge(control_->hits > 2, fmt::format("{} syncs took two seconds", control_->hits.load()));
  judge(p99 < kPingMaxMs, fmt::format("{} pings, p99 {:.2f} ms", pings_ms_.size(), p99));
  judge(answered == asked && accepted + busy == asked && accepted > 0 && busy > 0,
        fmt::format("{} messages: {} accepted, {} busy", asked, accepted, busy));
  judge(slowest_answer_ <= kAnswerMax, fmt::format("the slowest answer took {:.1f} s", slowest));
  judge(growth_kib_ < kGrowthMaxKib, fmt::format("memory grew by {} KiB", growth_kib_));

  control_->armed = false;
  Talker sink;
  sink.connect(server.port());
  sink.send(request("login", {"sink", "pw"}, 1));
  const std::string reply = sink.await_reply(1, kPatience).value_or("");
  judge(member(reply, "waiting") == std::to_string(accepted),
        "all that was accepted waits, and nothing else: " + reply);
}

int Trial::run() {
  make_accounts();
  ServerRun server(programs_, directory_.path(), &control_, kServing);
  if (!server.await_port(kPatience)) give_up(server.said());
  Talker pinger;
  bool online = log_in(server, pinger, "pinger");
  for (int number = 0; number < kSenders; ++number) {
    senders_.push_back(std::make_unique<Sender>());
    online = log_in(server, senders_.back()->talker, fmt::format("u{}", number)) && online;
  }
  if (!online) give_up("the logins fail: " + server.said());
  control_->call = Call::sync;
  control_->effect = Effect::delay;
  control_->delay_ms = 2000;
  control_->nth = 1;
  control_->armed = true;
  load(server, pinger);
  look(server);
  server.signal(SIGTERM);
  judge(server.await_end(kPatience) == 0, "it stops in order");
  fmt::print("slow disk: {} passed, {} failed\n", passed_, failed_);
  return failed_ == 0 ? 0 : 1;
}

}  // namespace
}  // namespace sockchat::faults

int main(int argc, char** argv) {
  if (argc != 3) return std::fputs(sockchat::faults::kHelp, stderr), 2;
  return sockchat::faults::Trial({std::filesystem::absolute(argv[1]), std::filesystem::absolute(argv[2])})
      .run();
}
