// What goes wrong, by chance: the server is killed and started again, stopped for a while and continued;
// connections are cut, stall, or are given up by one side alone.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "checker/person.h"
#include "checker/server_process.h"
#include "checker/town.h"

namespace sockchat::checker {

class Nemesis final {
 public:
  Nemesis(Town& town, ServerProcess& server, std::vector<std::unique_ptr<Person>>& people);

  // Once a turn; the server answers, or is about to.
  void turn();
  // Everything that was done is undone, and nothing more is.
  void heal();
  [[nodiscard]] std::size_t kills() const { return kills_; }

 private:
  enum class Server : std::uint8_t { up, stopped, down };

  void strike();
  void kill();
  void begin(const std::string& what);
  void end(const std::string& what);

  Town& town_;
  ServerProcess& server_;
  std::vector<std::unique_ptr<Person>>& people_;
  Server state_ = Server::up;
  Instant next_{};
  std::size_t kills_ = 0;
  bool healed_ = false;
};

}  // namespace sockchat::checker
