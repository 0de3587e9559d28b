// The floor under every figure: what it costs to move the same frames between the same sockets with nothing
// in between. Plain edge-triggered epoll; no JSON, no password, no store, no limits worth the name.
//
//   relay PORT_FILE     listens on a free port of 127.0.0.1 and writes it to the file; ends by a signal
//
// It does what a chat server cannot avoid, as cheaply as it can be done: an answer for every request, one
// send for each receiver and turn, all broadcasts of a turn in one block that every receiver shares. Frames
// have the length prefix of the product; the first byte behind it is the kind (relay_frames.h).
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay_frames.h"

namespace sockchat::bench {
namespace {

constexpr std::size_t kInputBytes = 512 * 1024;
constexpr std::size_t kFrameMax = 64 * 1024;
constexpr std::size_t kOutputMax = 64 * 1024 * 1024;
constexpr std::size_t kOutputKept = 64 * 1024;  // capacity that a connection may keep when all is sent
constexpr std::uint32_t kAddressMax = 1 << 20;
constexpr int kEventsPerTurn = 1024;
constexpr int kNobody = -1;

[[noreturn]] void die(const char* call) {
  std::perror(call);
  std::exit(1);
}

struct Connection {
  std::string partial;  // the front of a frame whose rest has not come
  std::string output;
  std::size_t sent = 0;  // of output
  int address = kNobody;
  bool is_open = false;
  bool is_dirty = false;
  bool is_full = false;  // the kernel takes nothing more until the next EPOLLOUT
  bool has_broadcast = false;
};

class Relay final {
 public:
  explicit Relay(const char* port_file);
  [[noreturn]] void run();

 private:
  struct BlockPart {
    int sender;  // descriptor
    std::size_t begin;
    std::size_t end;
  };

  Connection& at(int fd) { return connections_[static_cast<std::size_t>(fd)]; }
  void accept_all();
  void read(int fd);
  bool take(int fd, std::string_view payload);
  void append(int fd, RelayKind kind, std::string_view text);
  void touch(int fd);
  void deliver_block();
  void append_others_parts(int fd);
  void flush(int fd);
  void drop(int fd);

  int epoll_ = -1;
  int listener_ = -1;
  std::vector<Connection> connections_;  // by descriptor
  std::vector<int> members_;             // by address: descriptor or kNobody
  std::vector<int> dirty_;
  std::string block_;  // this turn's broadcasts
  std::vector<BlockPart> block_parts_;
  std::vector<char> input_ = std::vector<char>(kInputBytes);
};

Relay::Relay(const char* port_file) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int one = 1;
  ::setsockopt(listener_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 4096) != 0 ||
      ::getsockname(listener_, generic, &size) != 0) {
    die("listen");
  }
  epoll_ = ::epoll_create1(0);
  epoll_event event{.events = EPOLLIN, .data = {.fd = listener_}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event) != 0) die("epoll_ctl");

  // Complete when it appears under its name.
  const std::string scratch = std::string(port_file) + ".new";
  std::FILE* const file = std::fopen(scratch.c_str(), "w");
  if (file == nullptr) die("fopen");
  std::fprintf(file, "%d\n", ntohs(address.sin_port));
  if (std::fclose(file) != 0 || std::rename(scratch.c_str(), port_file) != 0) die("rename");
}

void Relay::run() {
  std::array<epoll_event, kEventsPerTurn> events;
  while (true) {
    const int count = ::epoll_wait(epoll_, events.data(), kEventsPerTurn, -1);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int index = 0; index < count; ++index) {
      const epoll_event& event = events[static_cast<std::size_t>(index)];
      const int fd = event.data.fd;
      if (fd == listener_) {
        accept_all();
        continue;
      }
      if ((event.events & EPOLLOUT) != 0) {
        at(fd).is_full = false;
        if (!at(fd).output.empty()) touch(fd);
      }
      if ((event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) read(fd);
    }
    if (!block_.empty()) deliver_block();
    for (const int fd : dirty_) {
      at(fd).is_dirty = false;
      flush(fd);
    }
    dirty_.clear();
  }
}

void Relay::accept_all() {
  while (true) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
    if (fd < 0) {
      if (errno != EAGAIN) std::perror("accept4");
      return;
    }
    if (connections_.size() <= static_cast<std::size_t>(fd)) {
      connections_.resize(static_cast<std::size_t>(fd) + 1);
    }
    at(fd) = Connection();
    at(fd).is_open = true;
    epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.fd = fd}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
  }
}

void Relay::read(int fd) {
  while (at(fd).is_open) {
    std::string& partial = at(fd).partial;
    const std::size_t before = partial.size();
    partial.copy(input_.data(), before);
    const ssize_t got = ::recv(fd, input_.data() + before, input_.size() - before, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return drop(fd);
    std::string_view input(input_.data(), before + static_cast<std::size_t>(got));
    const bool is_short = input.size() < input_.size();  // then the edge comes again
    while (input.size() >= kRelayHeaderBytes) {
      const std::size_t length = load_length(input.data());
      if (length == 0 || length > kFrameMax) return drop(fd);
      if (input.size() - kRelayHeaderBytes < length) break;
      if (!take(fd, input.substr(kRelayHeaderBytes, length))) return drop(fd);
      input.remove_prefix(kRelayHeaderBytes + length);
    }
    if (before != 0 || !input.empty()) at(fd).partial.assign(input);
    if (is_short) return;
  }
}

bool Relay::take(int fd, std::string_view payload) {
  const auto kind = static_cast<RelayKind>(payload.front());
  payload.remove_prefix(1);
  if (kind == RelayKind::broadcast) {
    const std::size_t begin = block_.size();
    append_relay_frame(block_, RelayKind::event, payload);
    block_parts_.push_back({fd, begin, block_.size()});
    at(fd).has_broadcast = true;
    append(fd, RelayKind::ok, {});
    return true;
  }
  std::uint32_t address = 0;
  if (payload.size() < sizeof address) return false;
  std::memcpy(&address, payload.data(), sizeof address);
  payload.remove_prefix(sizeof address);
  if (address > kAddressMax) return false;
  if (members_.size() <= address) members_.resize(address + 1, kNobody);
  if (kind == RelayKind::login) {
    members_[address] = fd;
    at(fd).address = static_cast<int>(address);
  } else if (kind == RelayKind::message) {
    if (members_[address] != kNobody) append(members_[address], RelayKind::event, payload);
  } else {
    return false;
  }
  append(fd, RelayKind::ok, {});
  return true;
}

void Relay::append(int fd, RelayKind kind, std::string_view text) {
  append_relay_frame(at(fd).output, kind, text);
  touch(fd);
}

void Relay::touch(int fd) {
  if (std::exchange(at(fd).is_dirty, true)) return;
  dirty_.push_back(fd);
}

void Relay::deliver_block() {
  for (const int fd : members_) {
    if (fd == kNobody) continue;
    Connection& connection = at(fd);
    if (connection.has_broadcast) {
      append_others_parts(fd);
      continue;
    }
    std::size_t taken = 0;
    if (connection.output.empty()) {
      const ssize_t sent = ::send(fd, block_.data(), block_.size(), MSG_NOSIGNAL);
      if (sent > 0) taken = static_cast<std::size_t>(sent);
      if (taken == block_.size()) continue;
      connection.is_full = true;
    }
    connection.output.append(block_, taken);
    touch(fd);
  }
  block_.clear();
  block_parts_.clear();
}

// Nobody gets what they broadcast themselves.
void Relay::append_others_parts(int fd) {
  for (const BlockPart& part : block_parts_) {
    if (part.sender != fd) at(fd).output.append(block_, part.begin, part.end - part.begin);
  }
  at(fd).has_broadcast = false;
  touch(fd);
}

void Relay::flush(int fd) {
  Connection& connection = at(fd);
  if (!connection.is_open || connection.is_full || connection.output.empty()) return;
  const std::string_view unsent = std::string_view(connection.output).substr(connection.sent);
  if (unsent.size() > kOutputMax) return drop(fd);
  const ssize_t sent = ::send(fd, unsent.data(), unsent.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return drop(fd);
  if (sent > 0) connection.sent += static_cast<std::size_t>(sent);
  if (connection.sent < connection.output.size()) {
    connection.is_full = true;
    return;
  }
  connection.sent = 0;
  connection.output.clear();
  if (connection.output.capacity() > kOutputKept) connection.output.shrink_to_fit();
}

void Relay::drop(int fd) {
  if (const int address = at(fd).address; address != kNobody) {
    members_[static_cast<std::size_t>(address)] = kNobody;
  }
  at(fd) = Connection();
  ::close(fd);
}

}  // namespace
}  // namespace sockchat::bench

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: relay PORT_FILE\n", stderr);
    return 2;
  }
  rlimit descriptors{};
  ::getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &descriptors);
  sockchat::bench::Relay relay(argv[1]);
  relay.run();
}
