// Many connections in one process and the epoll loop over them, for programs that play a crowd. epoll(7).
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sockchat/base/byte_buffer.h"

namespace sockchat {

// Says why on stderr, and ends with 1.
[[noreturn]] void give_up(const std::string& why);

// A JSON text as it goes over the wire: behind its length.
std::string frame_of(std::string_view json);

// As many descriptors as the system lets us have.
void raise_descriptor_limit();

// How a connection is made.
struct Way {
  unsigned host = 1;       // it comes from 127.0.0.host
  int receive_buffer = 0;  // asked of the kernel; 0: as it thinks fit
  bool reads = true;       // false: nothing is ever read
};

struct Peer {
  int socket = -1;
  std::string name;
  ByteBuffer received;
  std::string unsent;
  bool reads = true;
  bool closed = false;
  std::uint32_t watched = 0;  // what epoll was asked for; 0: it is not there
};

// The connections of one run, all to 127.0.0.1.
class Crowd final {
 public:
  using Clock = std::chrono::steady_clock;
  using OnFrame = std::function<void(std::size_t peer, std::string_view frame)>;

  explicit Crowd(std::uint16_t port);
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;
  ~Crowd();

  std::size_t size() const { return peers_.size(); }
  std::size_t open() const { return peers_.size() - closed_; }
  bool is_open(std::size_t peer) const { return !peers_[peer].closed; }
  const std::string& name(std::size_t peer) const { return peers_[peer].name; }
  // Bytes that the server has not taken yet.
  std::size_t unsent(std::size_t peer) const { return peers_[peer].unsent.size(); }

  std::size_t connect(std::string name, const Way& way = {});
  void send(std::size_t peer, std::string_view json);
  void send_bytes(std::size_t peer, std::string_view bytes);
  void stall(std::size_t count);  // nothing more is read of the first so many
  void reset(std::size_t peer);   // closed at once, without an orderly end
  // Passes every frame on until `done`; gives up after 40 seconds.
  void run(const OnFrame& on_frame, const std::function<bool()>& done);
  // False: not in that time.
  bool run_for(std::chrono::milliseconds patience, const OnFrame& on_frame,
               const std::function<bool()>& done);
  // Until then, with a tick every millisecond or so.
  void run_until(Clock::time_point until, const OnFrame& on_frame, const std::function<void()>& on_tick);

 private:
  void turn(const OnFrame& on_frame, std::chrono::milliseconds patience);
  void watch(std::size_t index);
  void write(Peer& peer);
  void read(std::size_t index, const OnFrame& on_frame);
  void close(Peer& peer);

  std::uint16_t port_;
  int epoll_;
  std::vector<Peer> peers_;
  std::size_t closed_ = 0;
};

}  // namespace sockchat
