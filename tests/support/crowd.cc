// Many clients in one process, for the shell tests. See --help. Like wirecat it shares the frame cutter with
// the product and nothing else.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sockchat/base/byte_buffer.h"
#include "sockchat/wire/frame.h"

namespace sockchat {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view kHelp = R"(usage: crowd PORT broadcast N
       crowd PORT half N BYTES
       crowd PORT ping N
       crowd PORT stall STALLED READERS COUNT
       crowd PORT load USERS COUNT TAG [RESEND_FILE]

Connects to 127.0.0.1. The users are named u1, u2, ..., their password is pw.

  broadcast  u1 to uN log in, u1 broadcasts, and everyone else gets it, once
  half       N connections announce a frame of BYTES bytes and send one of them; ends when the server has closed
             all of them
  ping       N connections are opened at once, and each gets the answer to a ping
  stall      u1 to uSTALLED log in and read nothing any more, the next READERS do. The first reader broadcasts COUNT
             texts of 1 KiB, the next one when the last was answered, and every reader gets each of them, in order.
             Prints the slowest answer.
  load       u1 to uUSERS each send the user `sink` COUNT messages, eight under way at any time. Prints `acked TEXT`
             for each `ok`, `told USER` for a logout event, and at the end `open TEXT` for what has no answer yet.
             Ends when all is answered, or when the server is gone. TAG makes the texts unique; the `open` lines of
             an earlier run are sent again first, with the same cid.

exit status: 0; 1 what was waited for did not happen; 2 wrong usage
)";

constexpr seconds kPatience{40};
constexpr std::size_t kLoginsAtOnce = 32;
constexpr std::size_t kMessagesAtOnce = 8;

[[noreturn]] void give_up(const std::string& why) {
  std::fflush(stdout);
  fmt::print(stderr, "crowd: {}\n", why);
  std::exit(1);
}

struct Peer {
  int socket = -1;
  std::string name;
  ByteBuffer received;
  std::string unsent;
  bool closed = false;
};

// The connections of one run, and the poll loop over them.
class Crowd final {
 public:
  explicit Crowd(std::uint16_t port) : port_(port) {}
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  std::size_t size() const { return peers_.size(); }
  std::size_t open() const {
    return static_cast<std::size_t>(std::ranges::count(peers_, false, &Peer::closed));
  }
  void stall(std::size_t count) { stalled_ = count; }  // nothing more is read of the first so many
  const std::string& name(std::size_t peer) const { return peers_[peer].name; }

  std::size_t connect(std::string name);
  void send(std::size_t peer, std::string_view json);
  void send_bytes(std::size_t peer, std::string_view bytes) { peers_[peer].unsent += bytes; }
  // Passes every frame on until `done`; gives up after kPatience.
  void run(const std::function<void(std::size_t peer, std::string_view frame)>& on_frame,
           const std::function<bool()>& done);

 private:
  void write(Peer& peer);
  void read(std::size_t index, const std::function<void(std::size_t, std::string_view)>& on_frame);

  std::uint16_t port_;
  std::vector<Peer> peers_;
  std::size_t stalled_ = 0;
};

std::size_t Crowd::connect(std::string name) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Peer peer;
  peer.name = std::move(name);
  peer.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (peer.socket < 0) give_up(fmt::format("socket: {}", std::strerror(errno)));
  const int on = 1;
  ::setsockopt(peer.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the interface of sockets
  if (::connect(peer.socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      errno != EINPROGRESS) {
    give_up(fmt::format("connect: {}", std::strerror(errno)));
  }
  peers_.push_back(std::move(peer));
  return peers_.size() - 1;
}

void Crowd::send(std::size_t peer, std::string_view json) {
  std::string& unsent = peers_[peer].unsent;
  for (int shift = 24; shift >= 0; shift -= 8) unsent += static_cast<char>(json.size() >> shift & 0xFF);
  unsent += json;
}

void Crowd::write(Peer& peer) {
  const ssize_t sent = ::send(peer.socket, peer.unsent.data(), peer.unsent.size(), MSG_NOSIGNAL);
  if (sent > 0) peer.unsent.erase(0, static_cast<std::size_t>(sent));
  // The read that follows meets the reason.
  if (sent < 0 && errno != EAGAIN && errno != EINTR) peer.unsent.clear();
}

void Crowd::read(std::size_t index, const std::function<void(std::size_t, std::string_view)>& on_frame) {
  Peer& peer = peers_[index];
  const std::span<char> room = peer.received.prepare(16 * 1024);
  const ssize_t got = ::recv(peer.socket, room.data(), room.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    peer.closed = true;
    ::close(peer.socket);
    return;
  }
  peer.received.commit(static_cast<std::size_t>(got));
  while (true) {
    const wire::FrameCut front = wire::next_frame(peers_[index].received.bytes(), wire::kServerFrameMax);
    if (front.state == wire::FrameState::bad) give_up("the server sent a frame of a bad length");
    if (front.state == wire::FrameState::incomplete) return;
    on_frame(index, {front.payload.data(), front.payload.size()});
    peers_[index].received.consume(front.consumed);
  }
}

void Crowd::run(const std::function<void(std::size_t, std::string_view)>& on_frame,
                const std::function<bool()>& done) {
  const auto deadline = Clock::now() + kPatience;
  std::vector<pollfd> watched;
  while (!done()) {
    watched.clear();
    for (const Peer& peer : peers_) {
      const auto events = static_cast<short>(POLLIN | (peer.unsent.empty() ? 0 : POLLOUT));
      watched.push_back({peer.closed || watched.size() < stalled_ ? -1 : peer.socket, events, 0});
    }
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) give_up("it takes too long");
    ::poll(watched.data(), watched.size(), static_cast<int>(left));
    for (std::size_t index = 0; index < watched.size(); ++index) {
      if ((watched[index].revents & POLLOUT) != 0) write(peers_[index]);
      if ((watched[index].revents & ~POLLOUT) != 0) read(index, on_frame);
    }
  }
}

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

void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
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
  if (what == "stall" && given == 5 && more > 0 && to_number(words[4]) > 0)
    return stall(where, count, more, to_number(words[4])), 0;
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
