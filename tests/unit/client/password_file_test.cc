#include "client/password_file.h"

#include <doctest/doctest.h>

#include "temporary_file.h"

namespace sockchat::client {
namespace {

TEST_CASE("the password is the first line, without its line break") {
  for (const std::string_view content : {"s3cret", "s3cret\n", "s3cret\r\n", "s3cret\nmore\n"}) {
    const TemporaryFile file(content);
    const auto read = read_password_file(file.path());
    REQUIRE(read);
    CHECK(read->password.reveal() == "s3cret");
    CHECK_FALSE(read->exposed);
  }
}

TEST_CASE("a file that others may read is told") {
  const TemporaryFile file("s3cret", 0644);
  CHECK(read_password_file(file.path())->exposed);
}

TEST_CASE("an empty first line, an endless one and a missing file are errors") {
  for (const std::string& content : {std::string(), std::string("\nx"), std::string(10'000, 'x')}) {
    const TemporaryFile file(content);
    const auto read = read_password_file(file.path());
    REQUIRE_FALSE(read);
    CHECK(read.error().text.find("is no password") != std::string::npos);
  }
  CHECK(read_password_file("/nowhere/file").error().text ==
        "Error. Cannot read /nowhere/file: No such file or directory");
}

TEST_CASE("a regular file says its password again, also a new one, and nothing else does") {
  const TemporaryFile file("old\n");
  CHECK(read_password_again(file.path())->reveal() == "old");
  REQUIRE(::pwrite(file.fd(), "new", 3, 0) == 3);
  CHECK(read_password_again(file.path())->reveal() == "new");
  CHECK_FALSE(read_password_again("/dev/null"));
  CHECK_FALSE(read_password_again("/nowhere/at/all"));
  CHECK_FALSE(read_password_again(""));
  const TemporaryFile empty("");
  CHECK_FALSE(read_password_again(empty.path()));
}

}  // namespace
}  // namespace sockchat::client
