// A session that is logged in, loses its connection and is let back step by step.
#pragma once

#include <doctest/doctest.h>

#include "client_session.h"

namespace sockchat::client_core {

using namespace std::chrono_literals;

inline constexpr std::string_view kLost = "Connection lost. Reconnecting…";
inline constexpr std::string_view kForGood = "Error. Connection to the server lost";

inline std::string reply(std::string_view command, std::uint64_t id, std::string_view more) {
  return fmt::format(R"({{"status":"ok","command":"{}","id":{},{}}})", command, id, more);
}

inline std::string error(std::string_view command, std::uint64_t id, std::string_view code,
                         std::string_view more = "") {
  return fmt::format(R"({{"status":"error","command":"{}","id":{},"code":"{}","data":["No."]{}}})", command,
                     id, code, more);
}

inline std::string admitted(std::string_view command, std::uint64_t id, std::string_view token) {
  return reply(command, id,
               fmt::format(R"("data":["hans"],"failed":0,"waiting":0,"token":"{}","resumed":true)", token));
}

inline std::string message(int mid) {
  return fmt::format(R"({{"command":"message","data":["luke","m{0}"],"mid":"{0}","time":"T{0}"}})", mid);
}

inline ClientConfig config(bool on_terminal = false, Format format = Format::lines) {
  return {.server = "localhost:4000", .format = format, .on_terminal = on_terminal};
}

// A session that is logged in with the token t1; the next request has the id 3.
struct Away : Session {
  explicit Away(ClientConfig with = config()) : Session(std::move(with)) {
    connect();
    type("hans");
    type("pw");
    server(admitted("login", 2, "t1"));
    core.on_flushed();
    sent();
    printed();
  }
  void lose() { core.on_lost(now); }
  // The next try, up to where the server has answered hello.
  void come_back() {
    wait(core.next_deadline() - now);
    core.on_connected(now);
    const std::uint64_t hello = next_id++;
    CHECK(sent() ==
          Lines{fmt::format(R"({{"command":"hello","data":["ack","presence","resume"],"id":{}}})", hello)});
    server(reply("hello", hello, R"("data":["sockchat","1","resume"])"));
  }
  void resume(std::string_view token, int last, std::string_view next) {
    come_back();
    const std::uint64_t id = next_id++;
    CHECK(sent() ==
          Lines{fmt::format(R"({{"command":"resume","data":["{}","{}"],"id":{}}})", token, last, id)});
    server(admitted("resume", id, next));
  }
  std::uint64_t next_id = 3;
};

}  // namespace sockchat::client_core
