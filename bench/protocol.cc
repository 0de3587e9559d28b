#include "protocol.h"

#include <fmt/format.h>

#include <initializer_list>

#include "relay_frames.h"
#include "sockchat/wire/frame_writer.h"

namespace sockchat::bench {
namespace {

class RelayProtocol final : public Protocol {
 public:
  [[nodiscard]] std::string hello() const override { return {}; }
  [[nodiscard]] std::string login(std::size_t client) const override {
    return addressed(RelayKind::login, client, {});
  }
  [[nodiscard]] std::string message(std::size_t to, std::string_view text) const override {
    return addressed(RelayKind::message, to, text);
  }
  [[nodiscard]] std::string broadcast(std::string_view text) const override {
    std::string frame;
    append_relay_frame(frame, RelayKind::broadcast, text);
    return frame;
  }
  [[nodiscard]] std::string pong() const override { return {}; }
  [[nodiscard]] Arrival classify(std::string_view payload) const override {
    return static_cast<RelayKind>(payload.front()) == RelayKind::ok ? Arrival::ok : Arrival::event;
  }

 private:
  static std::string addressed(RelayKind kind, std::size_t client, std::string_view text) {
    std::string frame;
    append_relay_frame(frame, kind, static_cast<std::uint32_t>(client), text);
    return frame;
  }
};

class SockchatProtocol final : public Protocol {
 public:
  [[nodiscard]] std::string hello() const override { return request("hello", {}); }
  [[nodiscard]] std::string login(std::size_t client) const override {
    return request("login", {user_name(client), kPassword});
  }
  [[nodiscard]] std::string message(std::size_t to, std::string_view text) const override {
    return request("message", {user_name(to), text});
  }
  [[nodiscard]] std::string broadcast(std::string_view text) const override {
    return request("broadcast", {text});
  }
  [[nodiscard]] std::string pong() const override { return request("pong", {}); }
  [[nodiscard]] Arrival classify(std::string_view payload) const override {
    if (payload.starts_with(R"({"status":"ok")")) return Arrival::ok;
    if (payload.starts_with(R"({"status")")) return Arrival::refused;
    return payload.starts_with(R"({"command":"ping")") ? Arrival::ping : Arrival::event;
  }

 private:
  static std::string request(std::string_view command, std::initializer_list<std::string_view> data) {
    std::string frame;
    wire::FrameWriter writer(frame);
    writer.text("command", command).list("data", data).finish();
    return frame;
  }
};

}  // namespace

std::unique_ptr<Protocol> make_protocol(std::string_view name) {
  if (name == "relay") return std::make_unique<RelayProtocol>();
  if (name == "sockchat" || name == "sockchat_tls") return std::make_unique<SockchatProtocol>();
  return nullptr;
}

std::string user_name(std::size_t client) { return fmt::format("u{:05}", client); }

}  // namespace sockchat::bench
