// The table of limits, walked: for each row, what happens just below it, at it and just above it, how whoever
// meets it is answered, and that it is counted.
#pragma once

#include <doctest/doctest.h>

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sockchat/base/counters.h"
#include "sockchat/base/limits.h"
#include "support/core_world.h"
#include "support/frames.h"

namespace sockchat::test {

struct LimitWalk {
  LimitField limit;
  void (*walk)();
};

// What the core answers by itself; what takes sockets.
std::span<const LimitWalk> walks_of_requests();
std::span<const LimitWalk> walks_of_sessions();
std::span<const LimitWalk> walks_of_connections();
std::span<const LimitWalk> walks_of_output();
std::span<const LimitWalk> walks_of_private_chats();

inline Limits limits_with(std::initializer_list<std::string> assignments) {
  Limits limits;
  for (const std::string& assignment : assignments) {
    CAPTURE(assignment);
    REQUIRE(set_limit(limits, assignment));
  }
  return limits;
}

// A core with hans, yoda, luke and leia, whose password is `secret`.
struct Town {
  explicit Town(std::initializer_list<std::string> assignments) : world(config(assignments)) {
    for (const char* name : {"hans", "yoda", "luke", "leia"}) world.add_user(name, "secret");
  }
  static server_core::Config config(std::initializer_list<std::string> assignments) {
    server_core::Config config = CoreWorld::standard_config();
    config.limits = limits_with(assignments);
    config.registration_open = true;
    config.idle_timeout = std::chrono::days(365);
    return config;
  }

  ConnectionId log_in(std::string_view name, std::string_view hello = {}) {
    return world.log_in(name, "secret", hello);
  }
  // The one answer: its code, or "ok".
  std::string code(ConnectionId id, std::string_view json) {
    world.say(id, json);
    return code_of(world.hear(id));
  }
  // Of a connection of its own, from this address.
  std::string code_from(std::string address, std::string_view json) {
    return code(world.connect(std::move(address)), json);
  }
  static std::string code_of(const std::vector<std::string>& heard) {
    REQUIRE(heard.size() == 1);
    if (contains(heard[0], R"({"status":"ok")")) return "ok";
    const std::size_t begin = heard[0].find(R"("code":")");
    REQUIRE(begin != std::string::npos);
    return heard[0].substr(begin + 8, heard[0].find('"', begin + 8) - begin - 8);
  }
  std::uint64_t hits(LimitField limit) { return world.core().counters().of(limit); }

  CoreWorld world;
};

inline std::string login(std::string_view name, std::string_view password) {
  return request("login", {std::string(name), std::string(password)});
}

}  // namespace sockchat::test
