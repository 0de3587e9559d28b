#include "checker/recording.h"

#include "sockchat/base/check.h"

namespace sockchat::checker {

Recording::Recording(const std::string& path) : file_(std::fopen(path.c_str(), "we")) {
  SOCKCHAT_CHECK(file_);
}

void Recording::add(Event event) {
  event.at = std::chrono::nanoseconds(Clock::now().time_since_epoch()).count();
  const std::string line = to_line(event) + "\n";
  std::fwrite(line.data(), 1, line.size(), file_.get());
  history_.push_back(std::move(event));
}

bool Recording::flush() { return std::fflush(file_.get()) == 0 && std::ferror(file_.get()) == 0; }

}  // namespace sockchat::checker
