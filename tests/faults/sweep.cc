// The n-th call fails, for every n of a session: see --help.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "faults/server_run.h"
#include "faults/session.h"
#include "faults/sweep_plan.h"
#include "faults/verdict.h"
#include "server/exit_code.h"
#include "support/temporary_directory.h"

namespace sockchat::faults {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr const char* kHelp =
    R"(usage: sweep SERVER PRELOAD [stride=N] [jobs=N] [kinds=A,B,...] [session=talk|messages]
             [part=I/N] [only=KIND:once|ever:NTH]

Lets the n-th call of a kind fail in a real server, once and for ever, for every n (every stride-th) that a session of
forty commands makes, each in a process of its own. Then the server may serve on, or end with a documented code and
one line; and after an undisturbed restart everything must be there that was acknowledged, and nothing half done.

session=messages sends 500 messages one by one instead, while syncs fail: the server has to end with the code for a
store that failed, at whichever of the first 500 syncs it is.
)";

struct Options {
  Programs programs;
  std::uint64_t stride = 1;
  unsigned jobs = 2;
  std::string kinds;
  std::string only;
  bool only_messages = false;  // and syncs
  std::uint64_t part = 0;      // every parts-th item, from this one on
  std::uint64_t parts = 1;
};

const std::vector<std::string> kServing{"--log-level", "warn"};
constexpr std::size_t kLinesEach = 3;
constexpr int kMessages = 500;
constexpr std::uint64_t kSyncsMax = 500;
constexpr milliseconds kStartPatience{10'000};
constexpr milliseconds kEndPatience{8'000};
constexpr milliseconds kLeakPatience{3'000};

// A place where one run after the other takes place, each beginning with the same accounts and nothing else.
class Ground final {
 public:
  Ground(const Options& options, const std::string& accounts)
      : programs_(options.programs),
        only_messages_(options.only_messages),
        accounts_(accounts),
        control_(directory_ / "control") {}
  Ground(const Ground&) = delete;
  Ground& operator=(const Ground&) = delete;

  // What is wrong, a line each.
  std::vector<std::string> run(const Item& item);
  // How many calls of each kind a session makes to which nothing happens.
  std::map<Call, std::uint64_t> count();

 private:
  void prepare();
  void serve(std::vector<std::string>& complaints, Ledger& ledger, Session::Patience patience);
  void await_descriptors(ServerRun& server, std::size_t before, std::vector<std::string>& complaints);

  const Programs& programs_;
  const bool only_messages_;
  const std::string& accounts_;
  test::TemporaryDirectory directory_;
  SharedControl control_;
};

void Ground::prepare() {
  fs::remove_all(directory_ / "data");
  fs::copy(accounts_, directory_ / "data", fs::copy_options::recursive);
  fs::permissions(directory_ / "data", fs::perms::owner_all);
  control_.reset();
}

void Ground::await_descriptors(ServerRun& server, std::size_t before, std::vector<std::string>& complaints) {
  const auto deadline = Clock::now() + kLeakPatience;
  while (server.descriptors() > before && !server.await_end(milliseconds(2))) {
    if (Clock::now() < deadline) continue;
    complaints.push_back(fmt::format("{} descriptors, and there were {}", server.descriptors(), before));
    return;
  }
}

void Ground::serve(std::vector<std::string>& complaints, Ledger& ledger, Session::Patience patience) {
  control_->armed = true;
  ServerRun server(programs_, directory_.path(), &control_, kServing);
  std::vector<std::string> wrong;
  if (server.await_port(kStartPatience)) {
    const std::size_t before = server.descriptors();
    Session session(server, patience);
    only_messages_ ? session.send_messages(kMessages) : session.talk();
    wrong = session.complaints();
    ledger = session.ledger();
    await_descriptors(server, before, complaints);
  } else if (!server.has_ended()) {
    complaints.push_back("it neither starts nor ends");
  }
  // A sync of the messages that failed while it served leaves one way to go on.
  const bool store_failed = only_messages_ && server.port() != 0 && control_->hits > control_->harmless_hits;
  if (!store_failed) server.signal(SIGTERM);
  const auto status = server.await_end(kEndPatience);
  if (!status) complaints.push_back("it does not end");
  if (status && store_failed && (!WIFEXITED(*status) || WEXITSTATUS(*status) != server::kExitStoreFailed))
    complaints.push_back("it does not end as a store that failed");
  if (auto complaint = status ? complaint_about_end(*status, server.said()) : std::nullopt)
    complaints.push_back(*complaint);
  complaints.insert(complaints.end(), wrong.begin(), wrong.end());
  control_->armed = false;
}

std::vector<std::string> Ground::run(const Item& item) {
  prepare();
  control_->call = item.kind->call;
  control_->effect = item.effect;
  control_->error = item.kind->error;
  control_->nth = item.nth;
  std::vector<std::string> complaints;
  Ledger ledger;
  ledger.passwords = passwords_at_first();
  const bool once = item.effect == Effect::fail_once;
  serve(complaints, ledger, {milliseconds(once ? 6'000 : 700), once});
  const auto later = judge_after_restart(programs_, directory_.path(), ledger);
  complaints.insert(complaints.end(), later.begin(), later.end());
  return complaints;
}

std::map<Call, std::uint64_t> Ground::count() {
  prepare();
  std::vector<std::string> complaints;
  Ledger ledger;
  serve(complaints, ledger, {kStartPatience, true});
  std::map<Call, std::uint64_t> counts;
  for (std::size_t call = 0; call < kCalls; ++call) counts[Call(call)] = control_->counts[call];
  const auto later = judge_after_restart(programs_, directory_.path(), ledger);
  complaints.insert(complaints.end(), later.begin(), later.end());
  if (!complaints.empty()) give_up("the session is not right even without failures: " + complaints.front());
  return counts;
}

// An import of the accounts, once.
void make_accounts(const Programs& programs, const std::string& directory) {
  write_file(directory + "/credentials.txt", kCredentials);
  ServerRun server(programs, directory, nullptr, {"--credentials", "credentials.txt"});
  if (!server.await_port(kStartPatience)) give_up(server.said());
  Talker last;
  last.connect(server.port());
  last.send(request("login", {"leia", "princess"}, 1));
  if (!is_ok(last.await_reply(1, kStartPatience).value_or(""))) give_up("leia is not imported");
  last.send(request("logout", {}, 2));
  static_cast<void>(last.await_reply(2, kStartPatience));
  server.signal(SIGTERM);
  if (server.await_end(kEndPatience) != 0) give_up(server.said());
}

// Every jobs-th item, from the worker's own. How many failed.
int work(const Options& options, const std::string& accounts, const std::vector<Item>& items,
         unsigned worker) {
  Ground ground(options, accounts);
  int failed = 0;
  for (std::size_t at = worker; at < items.size(); at += options.jobs) {
    const auto complaints = ground.run(items[at]);
    if (complaints.empty()) continue;
    ++failed;
    for (std::size_t line = 0; line < std::min(complaints.size(), kLinesEach); ++line)
      fmt::print("not ok - {}: {}\n", name_of(items[at]), complaints[line]);
    std::fflush(stdout);
  }
  return failed;
}

// How many failed, of all.
int run_all(const Options& options, const std::string& accounts, const std::vector<Item>& items) {
  std::fflush(stdout);
  std::vector<std::pair<pid_t, int>> workers;  // and the pipe that says how many failed
  for (unsigned worker = 0; worker < options.jobs; ++worker) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) give_up("pipe");
    const pid_t pid = ::fork();
    if (pid < 0) give_up("fork");
    if (pid == 0) {
      const int failed = work(options, accounts, items, worker);
      static_cast<void>(!::write(ends[1], &failed, sizeof failed));
      std::fflush(stdout);
      ::_exit(0);
    }
    ::close(ends[1]);
    workers.emplace_back(pid, ends[0]);
  }
  int failed = 0;
  for (const auto& [pid, said] : workers) {
    int its = 0;
    // A worker that ends without a word is a failure.
    failed += ::read(said, &its, sizeof its) == sizeof its ? its : 1;
    ::close(said);
    ::waitpid(pid, nullptr, 0);
  }
  return failed;
}

bool is_wanted(const Options& options, std::string_view kind) {
  return options.kinds.empty() ||
         ("," + options.kinds + ",").find(fmt::format(",{},", kind)) != std::string::npos;
}

int sweep(const Options& options) {
  test::TemporaryDirectory home;
  make_accounts(options.programs, home.path());
  const std::string accounts = home / "data";
  if (!options.only.empty()) {
    const auto item = item_of(options.only);
    if (!item) give_up("there is no " + options.only);
    Ground ground(options, accounts);
    const auto complaints = ground.run(*item);
    for (const std::string& complaint : complaints) fmt::print("not ok - {}: {}\n", options.only, complaint);
    return complaints.empty() ? 0 : 1;
  }
  const auto counts = Ground(options, accounts).count();
  std::size_t runs = 0;
  int failed = 0;
  for (const Kind& kind : kKinds) {
    if (!is_wanted(options, kind.name)) continue;
    const std::uint64_t total =
        std::min(counts.at(kind.call), options.only_messages ? kSyncsMax : std::uint64_t{UINT64_MAX});
    const auto began = Clock::now();
    // Where there are few, none is left out.
    auto items = items_of(kind, total, std::min(options.stride, std::max<std::uint64_t>(1, total / 8)));
    std::uint64_t place = 0;
    std::erase_if(items, [&](const Item&) { return place++ % options.parts != options.part; });
    const int its = run_all(options, accounts, items);
    fmt::print("{:<18} {:>6} calls {:>6} runs {:>4} failed {:>6.1f} s\n", kind.name, total, items.size(), its,
               std::chrono::duration<double>(Clock::now() - began).count());
    std::fflush(stdout);
    runs += items.size();
    failed += its;
  }
  fmt::print("sweep: {} passed, {} failed\n", static_cast<int>(runs) - failed, failed);
  return failed == 0 && runs > 0 ? 0 : 1;
}

int run(int argc, char** argv) {
  if (argc < 3) return std::fputs(kHelp, stderr), 2;
  Options options;
  options.programs = {fs::absolute(argv[1]), fs::absolute(argv[2])};
  const auto number = [](std::string_view text, auto& target) {
    std::from_chars(text.data(), text.data() + text.size(), target);
    target = std::max<std::remove_reference_t<decltype(target)>>(target, 1);
  };
  for (int at = 3; at < argc; ++at) {
    const std::string_view word = argv[at];
    const std::string_view value = word.substr(std::min(word.size(), word.find('=') + 1));
    if (word.starts_with("stride=")) number(value, options.stride);
    if (word.starts_with("jobs=")) number(value, options.jobs);
    if (word.starts_with("kinds=")) options.kinds = value;
    if (word == "session=messages") options.only_messages = true;
    if (word.starts_with("part=")) {
      number(value, options.part);
      number(value.substr(std::min(value.size(), value.find('/') + 1)), options.parts);
      options.part = (options.part - 1) % options.parts;
    }
    if (word.starts_with("only=")) options.only = value;
  }
  if (options.only_messages && options.kinds.empty()) options.kinds = "sync";
  return sweep(options);
}

}  // namespace
}  // namespace sockchat::faults

int main(int argc, char** argv) { return sockchat::faults::run(argc, argv); }
