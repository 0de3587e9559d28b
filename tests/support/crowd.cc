// Many clients in one process, for the shell tests. See --help. Like wirecat it shares the frame cutter with
// the product and nothing else.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/crowd_peers.h"

namespace sockchat {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::string_view kHelp = R"(usage: crowd PORT broadcast N
       crowd PORT half N BYTES
       crowd PORT ping N
       crowd PORT abrupt N
       crowd PORT stall STALLED READERS COUNT
       crowd PORT enter N TOKENS
       crowd PORT resume N TOKENS
       crowd PORT load USERS COUNT TAG [RESEND_FILE]

Connects to 127.0.0.1. The users are named u1, u2, ..., their password is pw.

  broadcast  u1 to uN log in, u1 broadcasts, and everyone else gets it, once
  half       N connections announce a frame of BYTES bytes and send one of them; ends when the server has closed
             all of them
  ping       N connections are opened at once, and each gets the answer to a ping
  abrupt     N connections, a hundred at a time, each ask for a hundred answers, and are reset at the first one
  stall      u1 to uSTALLED log in and read nothing any more, the next READERS do. The first reader broadcasts COUNT
             texts of 1 KiB, the next one when the last was answered, and every reader gets each of them, in order.
             Prints the slowest answer.
  enter      u1 to uN log in, their tokens go into the file TOKENS, and all stay until the server is gone
  resume     all of them connect at once, and come back with those tokens; prints how long the last one took
  load       u1 to uUSERS each send the user `sink` COUNT messages, eight under way at any time. Prints `acked TEXT`
             for each `ok`, `told USER` for a logout event, and at the end `open TEXT` for what has no answer yet.
             Ends when all is answered, or when the server is gone. TAG makes the texts unique; the `open` lines of
             an earlier run are sent again first, with the same cid.

exit status: 0; 1 what was waited for did not happen; 2 wrong usage
)";

constexpr std::size_t kLoginsAtOnce = 32;
constexpr std::size_t kMessagesAtOnce = 8;

bool has(std::string_view frame, std::string_view text) { return frame.find(text) != std::string_view::npos; }

bool is_ok(std::string_view frame, std::string_view command) {
  return frame.starts_with(fmt::format(R"({{"status":"ok","command":"{}")", command));
}

// The number of milliseconds since then.
long since(Clock::time_point start) {
  return static_cast<long>(std::chrono::duration_cast<milliseconds>(Clock::now() - start).count());
}

// Everybody logs in, some at a time: the server's queue of logins is bounded. False: the server is gone.
bool log_in(Crowd& crowd, std::size_t count) {
  std::size_t asked = 0;
  std::size_t online = 0;
  const auto ask = [&] {
    const std::size_t peer = crowd.connect(fmt::format("u{}", ++asked));
    crowd.send(peer, R"({"command":"hello"})");
    crowd.send(peer, fmt::format(R"({{"command":"login","data":["u{}","pw"]}})", asked));
  };
  while (asked < std::min(count, kLoginsAtOnce)) ask();
  crowd.run(
      [&](std::size_t peer, std::string_view frame) {
        if (is_ok(frame, "hello")) return;
        if (!is_ok(frame, "login")) give_up(fmt::format("{}: {}", crowd.name(peer), frame));
        ++online;
        if (asked < count) ask();
      },
      [&] { return online == count || crowd.open() < crowd.size(); });
  return online == count;
}

void log_in_all(Crowd& crowd, std::size_t count) {
  if (!log_in(crowd, count)) give_up("the server closed a connection");
}

void broadcast(std::uint16_t port, std::size_t count) {
  Crowd crowd(port);
  auto start = Clock::now();
  log_in_all(crowd, count);
  fmt::print("{} logins in {} ms\n", count, since(start));
  start = Clock::now();
  std::vector<int> got(count);
  std::size_t sum = 0;
  bool answered = false;
  crowd.send(0, R"({"command":"broadcast","data":["good morning"]})");
  crowd.run(
      [&](std::size_t peer, std::string_view frame) {
        if (peer == 0) {
          answered = is_ok(frame, "broadcast");
          if (!answered) give_up(std::string(frame));
          return;
        }
        if (!has(frame, R"("data":["u1","good morning"])") || ++got[peer] > 1) {
          give_up(fmt::format("{} got {}", crowd.name(peer), frame));
        }
        ++sum;
      },
      [&] { return answered && sum == count - 1; });
  fmt::print("{} deliveries in {} ms\n", sum, since(start));
  // Nothing comes behind it.
  std::size_t pongs = 0;
  for (std::size_t peer = 0; peer < count; ++peer) crowd.send(peer, R"({"command":"ping"})");
  crowd.run(
      [&](std::size_t peer, std::string_view frame) {
        if (!is_ok(frame, "ping")) give_up(fmt::format("{} also got {}", crowd.name(peer), frame));
        ++pongs;
      },
      [&] { return pongs == count; });
}

void half(std::uint16_t port, std::size_t count, std::uint32_t bytes) {
  Crowd crowd(port);
  std::string start;
  for (int shift = 24; shift >= 0; shift -= 8) start += static_cast<char>(bytes >> shift & 0xFF);
  start += '{';
  for (std::size_t n = 0; n < count; ++n) crowd.send_bytes(crowd.connect(fmt::format("{}", n)), start);
  const auto began = Clock::now();
  crowd.run([](std::size_t, std::string_view) {}, [&] { return crowd.open() == 0; });
  fmt::print("{} closed in {} ms\n", count, since(began));
}

void stall(std::uint16_t port, std::size_t stalled, std::size_t readers, std::size_t count) {
  Crowd crowd(port);
  log_in(crowd, stalled + readers);
  crowd.stall(stalled);
  std::vector<std::size_t> got(stalled + readers);
  std::size_t left = readers * count;
  long slowest = 0;
  auto asked = Clock::now();
  auto ask = [&, number = 0]() mutable {
    asked = Clock::now();
    crowd.send(stalled, fmt::format(R"({{"command":"broadcast","data":["{} {:x>1024}"]}})", ++number, ""));
  };
  ask();
  const auto on_frame = [&](std::size_t peer, std::string_view frame) {
    const std::string text = fmt::format(R"(,"{} x)", ++got[peer]);
    if (peer == stalled ? !is_ok(frame, "broadcast") : !has(frame, text)) give_up(std::string(frame));
    --left;
    if (peer != stalled) return;
    slowest = std::max(slowest, since(asked));
    if (got[peer] < count) ask();
  };
  crowd.run(on_frame, [&] { return left == 0 || crowd.open() < crowd.size(); });
  if (left > 0) give_up("the server closed a reader");
  fmt::print("slowest answer {} ms\n", slowest);
}

void ping(std::uint16_t port, std::size_t count) {
  Crowd crowd(port);
  for (std::size_t n = 0; n < count; ++n) {
    crowd.send(crowd.connect(fmt::format("{}", n)), R"({"command":"ping"})");
  }
  std::size_t pongs = 0;
  const auto began = Clock::now();
  crowd.run([&](std::size_t, std::string_view frame) { pongs += is_ok(frame, "ping") ? 1 : 0; },
            [&] { return pongs == count || crowd.open() < count; });
  if (pongs < count) give_up(fmt::format("closed after {} of {} answers", pongs, count));
  fmt::print("{} answers in {} ms\n", pongs, since(began));
}

void abrupt(std::uint16_t port, std::size_t count) {
  constexpr std::size_t kAtOnce = 100;
  Crowd crowd(port);
  std::size_t reset = 0;
  const auto ask = [&] {
    const std::size_t peer = crowd.connect({}, {.receive_buffer = 2048});
    for (int number = 0; number < 100; ++number) crowd.send(peer, R"({"command":"ping"})");
  };
  while (crowd.size() < std::min(count, kAtOnce)) ask();
  const auto on_frame = [&](std::size_t peer, std::string_view) {
    crowd.reset(peer);
    ++reset;
    if (crowd.size() < count) ask();
  };
  crowd.run(on_frame, [&] { return reset == count || crowd.open() + reset < crowd.size(); });
  if (reset < count) give_up(fmt::format("the server closed a connection after {} resets", reset));
  fmt::print("{} reset\n", reset);
}

// "token":"...", of an answer to a login.
std::string token_of(std::string_view frame) {
  constexpr std::string_view kMember = R"("token":")";
  const std::size_t at = frame.find(kMember);
  if (at == std::string_view::npos) give_up(fmt::format("no token: {}", frame));
  return std::string(frame.substr(at + kMember.size(), 64));
}

constexpr std::string_view kHello = R"({"command":"hello","data":["ack","resume"]})";

void enter(std::uint16_t port, std::size_t count, const std::string& file) {
  Crowd crowd(port);
  std::vector<std::string> tokens(count);
  std::size_t online = 0;
  const auto ask = [&] {
    const std::size_t peer = crowd.connect(fmt::format("u{}", crowd.size() + 1));
    crowd.send(peer, kHello);
    crowd.send(peer, fmt::format(R"({{"command":"login","data":["{}","pw"]}})", crowd.name(peer)));
  };
  while (crowd.size() < std::min(count, kLoginsAtOnce)) ask();
  const auto on_frame = [&](std::size_t peer, std::string_view frame) {
    if (is_ok(frame, "hello")) return;
    tokens[peer] = token_of(frame);
    ++online;
    if (crowd.size() < count) ask();
  };
  crowd.run(on_frame, [&] { return online == count; });
  std::ofstream out(file);
  for (const std::string& token : tokens) out << token << '\n';
  out.close();
  fmt::print("online\n");
  crowd.run([](std::size_t, std::string_view) {}, [&] { return crowd.open() == 0; });
}

void resume(std::uint16_t port, std::size_t count, const std::string& file) {
  std::ifstream in(file);
  const auto began = Clock::now();
  Crowd crowd(port);
  for (std::string token; crowd.size() < count && in >> token;) {
    const std::size_t peer = crowd.connect(fmt::format("u{}", crowd.size() + 1));
    crowd.send(peer, kHello);
    crowd.send(peer, fmt::format(R"({{"command":"resume","data":["{}","0"]}})", token));
  }
  if (crowd.size() < count) give_up("too few tokens");
  std::size_t back = 0;
  crowd.run(
      [&](std::size_t peer, std::string_view frame) {
        if (is_ok(frame, "hello")) return;
        if (!is_ok(frame, "resume") || !has(frame, fmt::format(R"("data":["{}"])", crowd.name(peer))) ||
            !has(frame, R"("resumed":true)"))
          give_up(fmt::format("{}: {}", crowd.name(peer), frame));
        ++back;
      },
      [&] { return back == count || crowd.open() < count; });
  if (back < count) give_up(fmt::format("closed when {} of {} were back", back, count));
  fmt::print("{} back in {} ms\n", back, since(began));
}

// Both in the order of sending. A text is also its message's id and cid.
struct Sender {
  std::deque<std::string> to_send;
  std::deque<std::string> under_way;
  std::size_t left_open = 0;  // the first of `to_send`: an earlier run left them without an answer
};

// What is not known of: under way, and of an earlier run what was not sent again.
void print_open(const Sender& sender) {
  for (const std::string& id : sender.under_way) fmt::print("open {}\n", id);
  for (std::size_t at = 0; at < sender.left_open; ++at) fmt::print("open {}\n", sender.to_send[at]);
}

void load(std::uint16_t port, std::size_t users, std::size_t count, std::string_view tag,
          std::istream& resend) {
  Crowd crowd(port);
  std::vector<Sender> senders(users);
  std::string word;
  std::string text;
  while (resend >> word >> text) {
    // u3-...: it has to be the same sender, or the cid means nothing.
    const auto user = static_cast<std::size_t>(std::atoi(text.c_str() + 1));
    if (word == "open" && user >= 1 && user <= users) senders[user - 1].to_send.push_back(text);
  }
  for (Sender& sender : senders) sender.left_open = sender.to_send.size();
  std::size_t left = 0;
  for (std::size_t user = 0; user < users; ++user) {
    for (std::size_t n = 1; n <= count; ++n) {
      senders[user].to_send.push_back(fmt::format("u{}-{}-{}", user + 1, tag, n));
    }
    left += senders[user].to_send.size();
  }
  if (!log_in(crowd, users)) return static_cast<void>(std::ranges::for_each(senders, print_open));
  const auto fill = [&](std::size_t peer) {
    Sender& sender = senders[peer];
    while (!sender.to_send.empty() && sender.under_way.size() < kMessagesAtOnce) {
      const std::string next = sender.to_send.front();
      sender.to_send.pop_front();
      if (sender.left_open > 0) --sender.left_open;
      sender.under_way.push_back(next);
      crowd.send(
          peer, fmt::format(R"({{"command":"message","data":["sink","{0}"],"id":"{0}","cid":"{0}"}})", next));
    }
  };
  for (std::size_t peer = 0; peer < users; ++peer) fill(peer);
  crowd.run(
      [&](std::size_t peer, std::string_view frame) {
        if (has(frame, R"("command":"logout","data":["shutdown"])")) {
          fmt::print("told {}\n", crowd.name(peer));
          return;
        }
        constexpr std::string_view kStart = R"({"status":"ok","command":"message","id":")";
        if (!frame.starts_with(kStart)) give_up(fmt::format("{} got {}", crowd.name(peer), frame));
        const std::string id(frame.substr(kStart.size(), frame.find('"', kStart.size()) - kStart.size()));
        if (std::erase(senders[peer].under_way, id) != 1) give_up(fmt::format("answered twice: {}", id));
        fmt::print("acked {}\n", id);
        --left;
        fill(peer);
      },
      [&] { return left == 0 || crowd.open() == 0; });
  std::ranges::for_each(senders, print_open);
}

// 0 for what is no number: none of ours may be 0.
std::size_t to_number(std::string_view text) {
  std::size_t number = 0;
  const auto [rest, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && rest == text.data() + text.size() ? number : 0;
}

int run(std::span<char*> arguments) {
  std::vector<std::string_view> words(arguments.begin(), arguments.end());
  const std::size_t given = words.size();
  words.resize(6);
  const std::size_t port = to_number(words[0]);
  const std::string_view what = words[1];
  const std::size_t count = to_number(words[2]);
  const std::size_t more = to_number(words[3]);
  if (port == 0 || port > 65'535 || count == 0) return 2;
  const auto where = static_cast<std::uint16_t>(port);
  if (what == "broadcast" && given == 3) return broadcast(where, count), 0;
  if (what == "half" && given == 4) return half(where, count, static_cast<std::uint32_t>(more)), 0;
  if (what == "ping" && given == 3) return ping(where, count), 0;
  if (what == "abrupt" && given == 3) return abrupt(where, count), 0;
  if (what == "stall" && given == 5 && more > 0 && to_number(words[4]) > 0)
    return stall(where, count, more, to_number(words[4])), 0;
  if (what == "enter" && given == 4) return enter(where, count, std::string(words[3])), 0;
  if (what == "resume" && given == 4) return resume(where, count, std::string(words[3])), 0;
  if (what == "load" && (given == 5 || given == 6) && more > 0) {
    std::ifstream resend{std::string(words[5])};
    return load(where, count, more, words[4], resend), 0;
  }
  return 2;
}

}  // namespace
}  // namespace sockchat

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  sockchat::raise_descriptor_limit();
  const int status = sockchat::run(std::span(argv + 1, static_cast<std::size_t>(argc - 1)));
  if (status == 2) std::fputs(sockchat::kHelp.data(), stderr);
  return status;
}
