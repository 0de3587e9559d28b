// What the tests of the core start with: a world, and a word for "say this, and hear the one answer".
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/core_world.h"
#include "support/frames.h"

namespace sockchat::test {

struct CoreFixture {
  explicit CoreFixture(server_core::Config config) : world(std::move(config)) {}

  std::string answer(ConnectionId id, std::string_view json) {
    world.say(id, json);
    const std::vector<std::string> heard = world.hear(id);
    REQUIRE(heard.size() == 1);
    return heard[0];
  }

  CoreWorld world;
};

}  // namespace sockchat::test
