// A connection to the server through bad weather: bytes leave and come in slices of any size, either
// direction may stall, and it may be cut in the ways in which connections end. What a slicing proxy would do,
// without a second process between.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "checker/recording.h"
#include "sim/random.h"
#include "sockchat/base/byte_buffer.h"

namespace sockchat::checker {

class ChaosLink final {
 public:
  // To this machine. `calm`: whole slices. Whether it came about shows in turn().
  ChaosLink(std::uint16_t port, sim::Random& random, bool calm);
  ChaosLink(const ChaosLink&) = delete;
  ChaosLink& operator=(const ChaosLink&) = delete;
  // Ends it as a process that exits does.
  ~ChaosLink();

  [[nodiscard]] int descriptor() const { return socket_; }
  // For poll(); a direction that stalls is not watched.
  [[nodiscard]] short awaited(Instant now) const;
  void send(std::string_view bytes) { unsent_ += bytes; }
  // Moves what the weather lets through. False: it is over, whoever ended it.
  [[nodiscard]] bool turn(Instant now, short happened);
  [[nodiscard]] ByteBuffer& received() { return received_; }

  void stall_input(Instant until) { input_from_ = until; }
  void stall_output(Instant until) { output_from_ = until; }
  void calm_down();
  // At the other end: "connection reset".
  void reset();
  // Nothing more is said, but what comes is heard.
  void end_output();

 private:
  bool read();
  void write();

  sim::Random& random_;
  int socket_;
  std::size_t slice_max_;
  bool broken_ = false;  // before it began
  bool output_ended_ = false;
  Instant input_from_{};
  Instant output_from_{};
  std::string unsent_;
  ByteBuffer received_;
};

}  // namespace sockchat::checker
