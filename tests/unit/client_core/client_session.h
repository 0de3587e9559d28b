// A client core between a scripted server and a recorded user.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sockchat/base/byte_buffer.h"
#include "sockchat/client_core/client_core.h"
#include "sockchat/wire/frame.h"

namespace sockchat::client_core {

using Lines = std::vector<std::string>;

class RecordingOutput final : public ClientOutput {
 public:
  void send(std::string_view frames) override {
    std::string bytes(frames);
    std::span<char> rest(bytes);
    while (!rest.empty()) {
      const wire::FrameCut cut = wire::next_frame(rest, wire::kServerFrameMax);
      if (cut.state != wire::FrameState::complete) return sent.push_back("(broken frame)");
      sent.emplace_back(cut.payload.data(), cut.payload.size());
      rest = rest.subspan(cut.consumed);
    }
  }
  void print(std::string_view line) override { printed.emplace_back(line); }
  void complain(std::string_view line) override { complained.emplace_back(line); }
  void ask(Asking what) override { asked.push_back(what); }
  void connect() override { ++connects; }
  void disconnect() override { ++disconnects; }
  std::uint64_t random() override { return std::exchange(next_random, 0); }
  std::optional<Secret> read_password() override {
    return file_password ? std::optional<Secret>(Secret(*file_password)) : std::nullopt;
  }
  std::string fresh_cid() override { return fmt::format("cid{}", ++cids); }
  void finish(ExitCode code) override { finished.push_back(code); }

  Lines sent;
  Lines printed;
  Lines complained;
  std::vector<Asking> asked;
  std::vector<ExitCode> finished;
  int cids = 0;
  int connects = 0;
  int disconnects = 0;
  std::uint64_t next_random = 0;
  std::optional<std::string> file_password;
};

struct Session {
  explicit Session(ClientConfig config = {.server = "localhost:4000"}, ClientMemory* memory = nullptr)
      : core(std::move(config), out, memory) {}

  void server(std::string_view json) {
    ByteBuffer bytes;
    bytes.append(json);
    core.on_frame(bytes.bytes(), now);
  }
  void type(std::string_view line) { core.on_line(line, now); }
  void wait(Duration duration) {
    now += duration;
    core.tick(now);
  }
  // What was sent and printed since the last look.
  Lines sent() { return std::exchange(out.sent, {}); }
  Lines printed() { return std::exchange(out.printed, {}); }
  Asking asking() const { return out.asked.empty() ? Asking::nothing : out.asked.back(); }

  void connect() {
    core.on_connected(now);
    server(R"({"status":"ok","command":"hello","id":1,"data":["sockchat","1","ack","presence"]})");
    sent();
  }
  // As hans, by hand; the login has the id 2.
  void log_in() {
    connect();
    type("hans");
    type("pw");
    server(
        R"({"status":"ok","command":"login","id":2,"data":["hans"],"last_login":null,"failed":0,"waiting":0})");
    sent();
    printed();
  }

  RecordingOutput out;
  TimePoint now = TimePoint() + std::chrono::hours(1);
  ClientCore core;
};

}  // namespace sockchat::client_core
