#include "checker/run.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "checker/store_reader.h"

namespace sockchat::checker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kTurn{1};
constexpr seconds kStartPatience{30};
constexpr seconds kChatPatience{600};
// What RELIABILITY asks: everything accepted is read by then.
constexpr seconds kDrainPatience{30};
constexpr seconds kEndPatience{20};
constexpr milliseconds kDead{6000};
// A user's end of a session may stall for so long, and the server be stopped.
constexpr milliseconds kMargin{3800};

}  // namespace

Run::Run(RunSetup setup)
    : setup_(std::move(setup)),
      recording_(history_file()),
      town_(recording_, setup_.seed, setup_.users),
      server_(server_setup(setup_)),
      nemesis_(town_, server_, people_) {
  write_credentials();
  town_.operations_left = setup_.operations;
  town_.dead = kDead;
  recording_.fact("seed", setup_.seed);
  recording_.fact("users", static_cast<std::uint64_t>(setup_.users));
  recording_.fact("dead_ms", static_cast<std::uint64_t>(kDead.count()));
  recording_.fact("margin_ms", static_cast<std::uint64_t>(kMargin.count()));
  for (int user = 0; user < setup_.users; ++user) people_.push_back(std::make_unique<Person>(user, town_));
}

// Small limits, so that readers fall behind and senders wait; none that refuses. What is checked is the
// delivery, not the strength of the hashes.
ServerSetup Run::server_setup(const RunSetup& setup) {
  ServerSetup server{
      .program = setup.server, .directory = setup.directory, .plant = setup.plant, .options = {}};
  server.options = {"--bind",        "127.0.0.1", "--credentials",     setup.directory + "/credentials.txt",
                    "--hash-memory", "8",         "--hash-iterations", "1"};
  for (const char* limit :
       {"message_rate=0", "broadcast_rate=0", "query_rate=0", "login_failures=1000", "unconfirmed_max=16",
        "send_queue_soft=16KiB", "replace_seconds=0.3", "ping_seconds=2", "mailbox_messages=1000000",
        "mailbox_bytes=1GiB", "disk_free_min=0"}) {
    server.options.insert(server.options.end(), {"--limit", limit});
  }
  server.options.insert(server.options.end(),
                        {"--limit", fmt::format("dead_seconds={}", kDead.count() / 1000)});
  return server;
}

void Run::write_credentials() const {
  const std::string path = setup_.directory + "/credentials.txt";
  std::ofstream file(path);
  for (int user = 0; user < setup_.users; ++user) file << name_of(user) << " pw\n";
  file.close();
  ::chmod(path.c_str(), 0600);
}

bool Run::turn() {
  std::vector<pollfd> watched;
  for (const auto& person : people_) {
    const ChaosLink* link = person->link();
    watched.push_back({link ? link->descriptor() : -1, link ? link->awaited(town_.now) : short{0}, 0});
    // A hang-up that nobody wants to see yet must not make the loop spin.
    if (link && watched.back().events == 0) watched.back().fd = -1;
  }
  ::poll(watched.data(), watched.size(), static_cast<int>(kTurn.count()));
  town_.now = Clock::now();
  if (server_.answers()) town_.port = server_.port();
  for (std::size_t index = 0; index < people_.size(); ++index) people_[index]->turn(watched[index].revents);
  const auto code = server_.ended();
  if (!code) return true;
  recording_.add({.kind = Kind::server_ended, .word = fmt::format("exit {}", *code)});
  over_ = true;
  return false;
}

template <class Condition>
bool Run::turn_until(milliseconds patience, const Condition& condition) {
  const Instant deadline = Clock::now() + patience;
  while (turn()) {
    if (condition()) return true;
    if (town_.now >= deadline) return false;
  }
  return false;
}

bool Run::chat() {
  server_.start();
  if (!turn_until(kStartPatience, [this] { return server_.answers(); })) return false;
  return turn_until(kChatPatience, [this] {
    nemesis_.turn();
    return town_.operations_left == 0;
  });
}

// Heals everything, and waits until all is read. Empty, or what was waited for in vain.
std::string Run::drain() {
  town_.winding_down = true;
  nemesis_.heal();
  const Instant deadline = Clock::now() + kDrainPatience;
  const auto left = [&] { return std::chrono::ceil<milliseconds>(deadline - Clock::now()); };
  const auto first_not = [this](const auto& holds) {
    const auto found = std::ranges::find_if_not(people_, holds);
    return name_of(static_cast<int>(found - people_.begin()));
  };
  const auto all = [this](const auto& holds) { return std::ranges::all_of(people_, holds); };

  const auto is_settled = [](const auto& person) { return person->is_settled(); };
  if (!turn_until(left(), [&] { return all(is_settled); })) return first_not(is_settled) + " has open calls";
  // Behind everything else.
  std::vector<std::uint64_t> last(people_.size());
  for (std::size_t user = 0; user < people_.size(); ++user) {
    Person& sender = *people_[user == 0 ? 1 : 0];
    sender.send_last(static_cast<int>(user));
    last[user] = sender.last_call();
  }
  const auto has_all = [&](const auto& person) {
    return person->is_settled() &&
           person->last_shown_call() == last[static_cast<std::size_t>(&person - people_.data())];
  };
  if (!turn_until(left(), [&] { return all(has_all); }))
    return first_not(has_all) + " misses its last message";
  for (const auto& person : people_) person->say_farewell();
  const auto is_at_rest = [](const auto& person) { return person->is_at_rest(); };
  if (!turn_until(left(), [&] { return all(is_at_rest); }))
    return first_not(is_at_rest) + " does not come to rest";
  const auto is_empty = [](const auto& person) { return person->found_waiting() == 0; };
  if (!all(is_empty)) return first_not(is_empty) + " has messages waiting that it acknowledged";
  return {};
}

void Run::end_server() {
  server_.ask_to_end();
  const Instant deadline = Clock::now() + kEndPatience;
  std::optional<int> code;
  while (!(code = server_.ended()) && Clock::now() < deadline) ::poll(nullptr, 0, kTurn.count());
  if (code != 0) {
    recording_.add(
        {.kind = Kind::server_ended, .word = code ? fmt::format("exit {}", *code) : "not when asked"});
  }
  server_.kill();
}

Report Run::go() {
  bool good = chat();
  if (!over_) {
    const std::string missing = good ? drain() : "it takes too long";
    if (!over_) recording_.add({.kind = Kind::drained, .word = missing.empty() ? "yes" : missing});
  }
  people_.clear();
  if (!over_) end_server();
  if (const auto read = read_store(setup_.directory + "/data", recording_); !read) {
    recording_.add({.kind = Kind::integrity, .word = read.error().text});
  }
  static_cast<void>(recording_.flush());
  return check(recording_.history());
}

}  // namespace sockchat::checker
