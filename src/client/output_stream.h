// Bytes to a descriptor that other processes may share (stdout): never made non-blocking, and never waited
// for. What it does not take stays queued; the bound is the writer's matter (queued()). Loop thread.
#pragma once

#include <cstddef>
#include <string_view>

#include "sockchat/base/byte_buffer.h"
#include "sockchat/net/reactor.h"

namespace sockchat::client {

class OutputStream final : private net::EventHandler {
 public:
  // Borrows the descriptor. Both must outlive the stream. SIGPIPE must be ignored.
  OutputStream(net::Reactor& reactor, int fd);
  OutputStream(const OutputStream&) = delete;
  OutputStream& operator=(const OutputStream&) = delete;
  ~OutputStream() override;

  void append(std::string_view bytes);
  // Writes what fits. An edge brings a turn, and with it the next call.
  void flush();
  [[nodiscard]] std::size_t queued() const { return queue_.size(); }
  // True when nobody reads any more; everything is dropped then.
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  void on_event(std::uint32_t events) override;

  net::Reactor& reactor_;
  const int fd_;
  net::WatchId watch_;
  ByteBuffer queue_;
  bool broken_ = false;
};

}  // namespace sockchat::client
