// What is in force: the command line over the configuration file over the defaults. The file can be read
// again, and then everything in it is taken or nothing.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/options.h"
#include "sockchat/base/result.h"

namespace sockchat::server {

// In their order; each of them was found well-formed before.
void assign_all(ServeOptions& options, std::span<const Assignment> assignments);

// Pure. Fails (bad_argument) when something is missing, or does not go together.
[[nodiscard]] Result<ServeOptions> combine(const ServeCommand& command,
                                           std::span<const Assignment> from_file);

// Another state of everything, all of which a running server can take.
struct Change {
  ServeOptions options;
  std::vector<std::string_view> names;  // of what differs; empty: nothing does
};

// Everything that differs, limits included. Static storage.
[[nodiscard]] std::vector<std::string_view> differences(const ServeOptions& one, const ServeOptions& other);

class Configuration final {
 public:
  // Reads the file, where there is one. Every error is one line for the operator.
  static Result<Configuration> load(ServeCommand command);

  [[nodiscard]] const ServeOptions& options() const { return options_; }

  // Reads the file once more. Fails, and the old state stays, when that cannot be done, or when something has
  // changed that only a start can take.
  [[nodiscard]] Result<Change> read_again() const;
  // The server has taken it.
  void accept(Change change) { options_ = std::move(change.options); }

 private:
  Configuration(ServeCommand command, ServeOptions options);

  ServeCommand command_;
  ServeOptions options_;
};

}  // namespace sockchat::server
