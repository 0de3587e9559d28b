// A file that goes with the test.
#pragma once

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "sockchat/base/check.h"
#include "sockchat/net/unique_fd.h"

namespace sockchat::client {

class TemporaryFile final {
 public:
  explicit TemporaryFile(std::string_view content, mode_t mode = S_IRUSR | S_IWUSR) {
    fd_.reset(::mkstemp(path_.data()));
    SOCKCHAT_CHECK(::fchmod(fd_.get(), mode) == 0);
    SOCKCHAT_CHECK(::write(fd_.get(), content.data(), content.size()) ==
                   static_cast<ssize_t>(content.size()));
    ::lseek(fd_.get(), 0, SEEK_SET);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { ::unlink(path_.c_str()); }

  [[nodiscard]] const std::string& path() const { return path_; }
  // At its start.
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  std::string path_ = "/tmp/sockchat-test-XXXXXX";
  net::UniqueFd fd_;
};

}  // namespace sockchat::client
