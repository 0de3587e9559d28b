// One run: a server of its own, its users and its nemesis, until everything is said, read and looked at.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "checker/check.h"
#include "checker/nemesis.h"
#include "checker/person.h"
#include "checker/recording.h"
#include "checker/server_process.h"
#include "checker/town.h"

namespace sockchat::checker {

struct RunSetup {
  std::string server;     // the program
  std::string directory;  // empty, of this run alone
  std::string plant;
  std::uint64_t seed = 1;
  int users = 50;
  std::size_t operations = 20'000;
};

class Run final {
 public:
  explicit Run(RunSetup setup);
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  [[nodiscard]] Report go();
  [[nodiscard]] std::size_t kills() const { return nemesis_.kills(); }
  [[nodiscard]] std::string history_file() const { return setup_.directory + "/history"; }

 private:
  static ServerSetup server_setup(const RunSetup& setup);
  void write_credentials() const;
  // A turn of everything. False: the server has ended by itself.
  [[nodiscard]] bool turn();
  // Until it holds; false when it does not within the time, or the server ends.
  template <class Condition>
  [[nodiscard]] bool turn_until(std::chrono::milliseconds patience, const Condition& condition);
  [[nodiscard]] bool chat();
  [[nodiscard]] std::string drain();
  void end_server();

  RunSetup setup_;
  Recording recording_;
  Town town_;
  ServerProcess server_;
  std::vector<std::unique_ptr<Person>> people_;
  Nemesis nemesis_;
  bool over_ = false;  // the server has ended by itself
};

}  // namespace sockchat::checker
