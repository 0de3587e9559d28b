// kill -9, again and again: see --help.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
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

constexpr const char* kHelp = R"(usage: crash SERVER PRELOAD CROWD [rounds=N] [seed=N]

Kills a server under load, starts it again, and so on: every other round at a random moment, and every other one in
front of a chosen call that changes a file of the data directory. Each start must take less than a second and find a
database without damage. After every 25 rounds everything is looked at: nothing that was acknowledged is missing,
nothing is there twice, and each sender's messages are in the order of sending.
)";

constexpr unsigned kRoundsEach = 25;  // on one data directory
constexpr unsigned kUsers = 4;
constexpr std::uint64_t kCallsMax = 400;  // how far into a run it is killed
constexpr std::size_t kAcknowledgedMax = 250;
constexpr milliseconds kPatience{20'000};
constexpr double kRecoveryMax = 1.0;

const std::vector<std::string> kServing{
    "--log-level",        "warn",    "--limit",        "mailbox_messages=1000000", "--limit",
    "mailbox_bytes=1GiB", "--limit", "disk_free_min=0"};

struct Totals {
  std::size_t rounds = 0;
  std::size_t chosen = 0;  // rounds in which the chosen call was reached
  std::size_t acknowledged = 0;
  std::size_t unacknowledged = 0;  // and stored all the same
  std::size_t failed = 0;
  double worst_recovery = 0;
};

// One data directory, and what was said about it.
class Slice final {
 public:
  Slice(Programs programs, std::string crowd, std::mt19937_64& random, Totals& totals)
      : programs_(std::move(programs)),
        crowd_(std::move(crowd)),
        random_(random),
        totals_(totals),
        control_(directory_ / "control") {}
  Slice(const Slice&) = delete;
  Slice& operator=(const Slice&) = delete;

  void make_accounts();
  void round(unsigned number);
  void look_at_everything();

 private:
  bool start(ServerRun& server, Clock::time_point since, bool may_be_killed);
  std::size_t read_crowd(bool is_over);
  pid_t load(const ServerRun& server, unsigned number);
  void complain(const std::string& what) {
    fmt::print("not ok - round {}: {}\n", totals_.rounds, what);
    ++totals_.failed;
  }

  const Programs programs_;
  const std::string crowd_;
  std::mt19937_64& random_;
  Totals& totals_;
  test::TemporaryDirectory directory_;
  SharedControl control_;
  std::set<std::string> acknowledged_;
};

void Slice::make_accounts() {
  std::string accounts = "sink pw\n";
  for (unsigned user = 1; user <= kUsers; ++user) accounts += fmt::format("u{} pw\n", user);
  write_file(directory_ / "credentials.txt", accounts);
  write_file(directory_ / "open.txt", "");
  {
    ServerRun server(programs_, directory_.path(), nullptr, {"--credentials", "credentials.txt"});
    if (!server.await_port(kPatience)) give_up(server.said());
    Talker last;
    last.connect(server.port());
    last.send(request("login", {fmt::format("u{}", kUsers), "pw"}, 1));
    if (!is_ok(last.await_reply(1, kPatience).value_or(""))) give_up("the accounts are not imported");
    server.signal(SIGTERM);
    if (server.await_end(kPatience) != 0) give_up(server.said());
  }
  fs::remove(directory_ / "credentials.txt");
}

// From the exec to the first answer; the process's own start is in it.
bool Slice::start(ServerRun& server, Clock::time_point since, bool may_be_killed) {
  if (!server.await_port(kPatience)) {
    const auto status = server.await_end(kPatience);
    const bool was_killed = status && WIFSIGNALED(*status) && WTERMSIG(*status) == SIGKILL;
    if (!may_be_killed || !was_killed) complain("it does not start: " + server.said());
    return false;
  }
  const double took = std::chrono::duration<double>(Clock::now() - since).count();
  totals_.worst_recovery = std::max(totals_.worst_recovery, took);
  if (took > kRecoveryMax) complain(fmt::format("the start took {:.2f} s", took));
  for (const std::string& broken : judge_integrity(directory_.path())) complain(broken);
  return true;
}

pid_t Slice::load(const ServerRun& server, unsigned number) {
  const std::string port = std::to_string(server.port());
  const std::string users = std::to_string(kUsers);
  const std::string tag = fmt::format("r{}", number);
  const std::string out = directory_ / "crowd.txt";
  const std::string resend = directory_ / "open.txt";
  const pid_t pid = ::fork();
  if (pid < 0) give_up("fork");
  if (pid == 0) {
    const int fd = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(fd, STDOUT_FILENO);
    ::execl(crowd_.c_str(), crowd_.c_str(), port.c_str(), "load", users.c_str(), "100000", tag.c_str(),
            resend.c_str(), nullptr);
    ::_exit(127);
  }
  return pid;
}

// How many it acknowledged by now. At the end, what it says is remembered.
std::size_t Slice::read_crowd(bool is_over) {
  std::ifstream file(directory_ / "crowd.txt");
  std::size_t count = 0;
  std::string open;
  for (std::string word, text; file >> word >> text;) {
    if (word == "acked") ++count;
    if (!is_over) continue;
    if (word == "acked" && !acknowledged_.insert(text).second) complain("acknowledged twice: " + text);
    if (word == "open") open += fmt::format("open {}\n", text);
  }
  if (is_over) write_file(directory_ / "open.txt", open);
  return count;
}

void Slice::round(unsigned number) {
  ++totals_.rounds;
  const bool is_chosen = number % 2 == 1;
  control_.reset();
  control_->call = Call::data;
  control_->effect = is_chosen ? Effect::kill : Effect::none;
  control_->nth = 1 + random_() % kCallsMax;
  control_->armed = true;
  const std::size_t enough = is_chosen ? 100 * kAcknowledgedMax : 1 + random_() % kAcknowledgedMax;
  const auto began = Clock::now();
  ServerRun server(programs_, directory_.path(), &control_, kServing);
  if (!start(server, began, is_chosen)) {
    totals_.chosen += is_chosen ? 1 : 0;
    return;
  }
  const pid_t crowd = load(server, number);
  while (!server.await_end(milliseconds(1)) && read_crowd(false) < enough) {
    if (Clock::now() - began > kPatience) {
      complain("nothing is acknowledged");
      break;
    }
  }
  totals_.chosen += is_chosen && server.has_ended() ? 1 : 0;
  server.signal(SIGKILL);
  const auto status = server.await_end(kPatience);
  if (!status || !WIFSIGNALED(*status) || WTERMSIG(*status) != SIGKILL) complain("ended: " + server.said());
  int crowd_status = 0;
  ::waitpid(crowd, &crowd_status, 0);
  if (crowd_status != 0) complain(fmt::format("the load ended with {}", crowd_status));
  read_crowd(true);
}

// Texts are "u3-r17-45": sender, round, number.
void Slice::look_at_everything() {
  const auto began = Clock::now();
  ServerRun server(programs_, directory_.path(), nullptr, kServing);
  if (!start(server, began, false)) return;
  Talker sink;
  sink.connect(server.port());
  sink.send(request("login", {"sink", "pw"}, 1));
  const std::string reply = sink.await_reply(1, kPatience).value_or("");
  auto waiting = static_cast<std::size_t>(std::atoi(member(reply, "waiting").c_str()));
  if (!is_ok(reply)) complain("the sink cannot log in: " + reply);
  std::set<std::string> got;
  std::map<std::string, std::pair<int, int>> last;  // of each sender
  for (; waiting > 0; --waiting) {
    const auto event = sink.receive(kPatience);
    if (!event) return complain(fmt::format("{} messages did not come", waiting));
    if (!event->starts_with("{\"command\":\"message\"")) continue;
    const std::string text = data_of(*event).at(1);
    if (!got.insert(text).second) complain("doubled: " + text);
    std::pair<int, int> place;
    if (std::sscanf(text.c_str(), "u%*d-r%d-%d", &place.first, &place.second) != 2)
      complain("what is " + text);
    auto& before = last[text.substr(0, text.find('-'))];
    if (place < before) complain("not in the order of sending: " + text);
    before = place;
  }
  for (const std::string& text : acknowledged_) {
    if (!got.contains(text)) complain("lost: " + text);
  }
  totals_.acknowledged += acknowledged_.size();
  totals_.unacknowledged += got.size() - std::min(got.size(), acknowledged_.size());
  server.signal(SIGTERM);
  if (server.await_end(kPatience) != 0) complain("it does not stop in order");
}

int run(int argc, char** argv) {
  if (argc < 4) return std::fputs(kHelp, stderr), 2;
  std::size_t rounds = 200;
  std::uint64_t seed = std::random_device{}();
  for (int at = 4; at < argc; ++at) {
    const std::string_view word = argv[at];
    const std::string_view value = word.substr(std::min(word.size(), word.find('=') + 1));
    if (word.starts_with("rounds=")) std::from_chars(value.data(), value.data() + value.size(), rounds);
    if (word.starts_with("seed=")) std::from_chars(value.data(), value.data() + value.size(), seed);
  }
  fmt::print("seed={}\n", seed);
  std::mt19937_64 random(seed);
  Totals totals;
  const auto began = Clock::now();
  while (totals.rounds < rounds) {
    Slice slice({fs::absolute(argv[1]), fs::absolute(argv[2])}, fs::absolute(argv[3]), random, totals);
    slice.make_accounts();
    for (unsigned number = 1; number <= kRoundsEach && totals.rounds < rounds; ++number) slice.round(number);
    slice.look_at_everything();
    fmt::print(
        "{} kills ({} at chosen calls), {} acknowledged, {} stored without, worst start {:.0f} ms, {:.0f} "
        "s\n",
        totals.rounds, totals.chosen, totals.acknowledged, totals.unacknowledged,
        totals.worst_recovery * 1000, std::chrono::duration<double>(Clock::now() - began).count());
    std::fflush(stdout);
  }
  const std::size_t failed = std::min(totals.failed, totals.rounds);
  fmt::print("crash: {} passed, {} failed\n", totals.rounds - failed, failed);
  return failed == 0 && totals.acknowledged > 0 ? 0 : 1;
}

}  // namespace
}  // namespace sockchat::faults

int main(int argc, char** argv) { return sockchat::faults::run(argc, argv); }
