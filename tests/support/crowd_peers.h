// Many connections in one process and the poll loop over them, for programs that play a crowd.
#pragma once

#include <algorithm>
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

struct Peer {
  int socket = -1;
  std::string name;
  ByteBuffer received;
  std::string unsent;
  bool closed = false;
};

// The connections of one run, all to 127.0.0.1.
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
  // Passes every frame on until `done`; gives up after 40 seconds.
  void run(const std::function<void(std::size_t peer, std::string_view frame)>& on_frame,
           const std::function<bool()>& done);

 private:
  void write(Peer& peer);
  void read(std::size_t index, const std::function<void(std::size_t, std::string_view)>& on_frame);

  std::uint16_t port_;
  std::vector<Peer> peers_;
  std::size_t stalled_ = 0;
};

}  // namespace sockchat
