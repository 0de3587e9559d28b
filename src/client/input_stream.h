// Bytes from a descriptor that other processes may share (stdin). It is never made non-blocking, because that
// would happen to all who share it; each read asks poll(2) first. What epoll refuses (regular files,
// /dev/null) counts as always readable. Loop thread.
#pragma once

#include <cstddef>
#include <span>

#include "sockchat/net/reactor.h"

namespace sockchat::client {

class InputStream final : private net::EventHandler {
 public:
  // Borrows the descriptor. Both must outlive the stream.
  InputStream(net::Reactor& reactor, int fd);
  InputStream(const InputStream&) = delete;
  InputStream& operator=(const InputStream&) = delete;
  ~InputStream() override;

  // False when a read would wait, and at the end.
  [[nodiscard]] bool readable() const { return readable_ && !ended_; }
  // True behind the last byte, and when the descriptor cannot be read.
  [[nodiscard]] bool ended() const { return ended_; }
  // One read, if it does not wait; 0 otherwise.
  std::size_t read(std::span<char> to);

 private:
  void on_event(std::uint32_t events) override;

  net::Reactor& reactor_;
  const int fd_;
  net::WatchId watch_;
  bool readable_ = true;  // until proven otherwise: then the edge will come
  bool ended_ = false;
};

}  // namespace sockchat::client
