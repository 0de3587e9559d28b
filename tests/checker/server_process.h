// The server program under test: started, killed, stopped, continued, and started again on the same data and
// port.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checker/recording.h"

namespace sockchat::checker {

struct ServerSetup {
  std::string program;
  std::string directory;  // of data, accounts, log
  std::string plant;      // the fault that is planted; empty: none
  std::vector<std::string> options;
};

class ServerProcess final {
 public:
  explicit ServerProcess(ServerSetup setup);
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  // Kills it.
  ~ServerProcess();

  void start();
  // Since start(): false until it says that it answers.
  [[nodiscard]] bool answers();
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] pid_t pid() const { return process_; }  // negative while there is none
  // How it ended, when it did so by itself: an exit code, or 128 and the signal.
  [[nodiscard]] std::optional<int> ended();

  void kill();
  void stop();
  void go_on();
  // An orderly end: asked for here, seen by ended().
  void ask_to_end();

 private:
  [[nodiscard]] std::vector<std::string> words() const;
  void signal(int number) const;

  ServerSetup setup_;
  pid_t process_ = -1;
  bool answers_ = false;
  std::uint16_t port_;  // the same at every start: clients come back to where they were
};

}  // namespace sockchat::checker
