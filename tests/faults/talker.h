// A client with one connection, as simple as can be: asks, and waits for the answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sockchat/base/byte_buffer.h"

namespace sockchat::faults {

using std::chrono::milliseconds;

class Talker final {
 public:
  Talker() = default;
  Talker(const Talker&) = delete;
  Talker& operator=(const Talker&) = delete;
  ~Talker() { close(); }

  bool connect(std::uint16_t port);
  void close();
  [[nodiscard]] bool is_open() const { return socket_ >= 0; }

  // Closed when it cannot be sent.
  void send(std::string_view json);
  // The next frame. None at the end of the patience, or of the connection, which is then closed.
  std::optional<std::string> receive(milliseconds patience);
  // The reply to the request of that id. What comes before it is kept for take_events().
  std::optional<std::string> await_reply(std::uint64_t id, milliseconds patience);
  // As if it had come while something else was awaited.
  void keep(std::string frame) { events_.push_back(std::move(frame)); }
  // What has come by now, in order.
  std::deque<std::string> take_events();

 private:
  std::optional<std::string> cut();

  int socket_ = -1;
  ByteBuffer received_;
  std::deque<std::string> events_;
};

// {"command":"message","data":["yoda","hi"],"id":7,"cid":"7"}; no member that is not given. No escapes.
std::string request(std::string_view command, std::initializer_list<std::string_view> data, std::uint64_t id,
                    std::string_view cid = {});
[[nodiscard]] bool is_ok(std::string_view reply);
// "storage"; empty when it is none.
[[nodiscard]] std::string code_of(std::string_view reply);
// The value of `"name":`, without quotes; empty when there is none.
[[nodiscard]] std::string member(std::string_view frame, std::string_view name);
// The texts of `"data":[…]`.
[[nodiscard]] std::deque<std::string> data_of(std::string_view frame);

}  // namespace sockchat::faults
