// A real server in a directory of its own, with the library of failures in front of it or without.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "faults/fault_control.h"

namespace sockchat::faults {

using std::chrono::milliseconds;

// The page that the driver shares with the server.
class SharedControl final {
 public:
  explicit SharedControl(std::string path);
  SharedControl(const SharedControl&) = delete;
  SharedControl& operator=(const SharedControl&) = delete;
  ~SharedControl();
  // Everything at zero, and disarmed.
  void reset();
  Control* operator->() const { return control_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  Control* control_;
};

struct Programs {
  std::string server;
  std::string preload;
};

class ServerRun final {
 public:
  // Runs in `directory`: ./data, ./port, and what it says in ./server.err.
  ServerRun(const Programs& programs, std::string directory, const SharedControl* control,
            const std::vector<std::string>& options);
  ServerRun(const ServerRun&) = delete;
  ServerRun& operator=(const ServerRun&) = delete;
  ~ServerRun();  // killed, when it still runs

  // False when it ended, or has said nothing for so long.
  bool await_port(milliseconds patience);
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number) const;
  // The status of waitpid(2), once it has ended.
  std::optional<int> await_end(milliseconds patience);
  [[nodiscard]] bool has_ended() { return await_end(milliseconds(0)).has_value(); }
  [[nodiscard]] std::size_t descriptors() const;
  [[nodiscard]] std::size_t resident_kib() const;
  [[nodiscard]] std::string said() const;

 private:
  std::string directory_;
  pid_t pid_ = -1;
  int pidfd_ = -1;
  std::uint16_t port_ = 0;
  std::optional<int> status_;
};

[[noreturn]] void give_up(const std::string& why);
// What is wrong with how it ended, or nothing: a documented code, with one line unless that is 0.
[[nodiscard]] std::optional<std::string> complaint_about_end(int status, const std::string& said);
void write_file(const std::string& path, const std::string& text);

}  // namespace sockchat::faults
