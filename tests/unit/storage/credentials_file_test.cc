#include "sockchat/storage/credentials_file.h"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace sockchat::storage {
namespace {

// "name=password" of every user, in order, or "!" and what was wrong.
std::string read(std::string_view text) {
  const auto users = parse_credentials(text, 32, 64);
  if (!users) {
    CHECK(users.error().code == Errc::bad_argument);
    return "!" + users.error().text;
  }
  std::string shown;
  for (const Credential& user : *users) {
    shown.append(user.name.text()).append("=").append(user.password.reveal()).append(" ");
  }
  return shown;
}

bool fails_at(std::string_view text, int line) {
  return read(text).starts_with("!line " + std::to_string(line) + ": ");
}

// A file that goes away with the test.
class TemporaryFile final {
 public:
  TemporaryFile(std::string_view text, ::mode_t mode) {
    const int fd = ::mkstemp(path_.data());
    REQUIRE(fd >= 0);
    ::close(fd);
    std::ofstream(path_, std::ios::binary) << text;
    REQUIRE(::chmod(path_.c_str(), mode) == 0);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::filesystem::remove(path_); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_ = (std::filesystem::temp_directory_path() / "credentials-XXXXXX").string();
};

}  // namespace

TEST_CASE("a line is a user, in the order of the file") {
  CHECK(read("yoda jedi*knight\nhans falcon\n") == "yoda=jedi*knight hans=falcon ");
  CHECK(read("").empty());
}

TEST_CASE("the last line may end without a newline, and lines may end as on another system") {
  CHECK(read("hans falcon") == "hans=falcon ");
  CHECK(read("hans falcon\r\nyoda jedi\r\n") == "hans=falcon yoda=jedi ");
  CHECK(read("hans falcon\r") == "hans=falcon ");
}

TEST_CASE("blank lines are allowed, and counted") {
  CHECK(read("\n\r\nhans falcon\n\n\nyoda jedi\n\n") == "hans=falcon yoda=jedi ");
  CHECK(fails_at("\n\r\nhans\n", 3));
}

TEST_CASE("names and passwords hold any printable character but the space") {
  CHECK(read(R"(a"b\c:{},[]' "\:{},[]'~!)") == R"(a"b\c:{},[]'="\:{},[]'~! )");
}

TEST_CASE("a malformed line is named by its number, wherever it stands") {
  for (const char* line :
       {"hans", "hans ", " falcon", " ", "  ", "hans  falcon", "hans falcon ", "hans fal con", "hans\tfalcon",
        "h\x01ns falcon", "hans fal\x7F", "hans f\xC3\xA4lcon", "h\xC3\xA4ns falcon", "hans fal\rcon",
        "hans falcon\r\r", "\xEF\xBB\xBFhans falcon"}) {
    CAPTURE(line);
    CHECK(fails_at(line, 1));
    CHECK(fails_at(std::string("yoda jedi\n") + line + "\nluke r2d2\n", 2));
  }
  CHECK(fails_at(std::string_view("hans fal\0con", 12), 1));
}

TEST_CASE("a name that stands there twice is refused, another case is another name") {
  CHECK(fails_at("hans falcon\nyoda jedi\nhans other\n", 3));
  CHECK(read("hans falcon\nHans other\n") == "hans=falcon Hans=other ");
}

TEST_CASE("names and passwords have a longest length") {
  CHECK_FALSE(fails_at(std::string(32, 'n') + " " + std::string(64, 'p'), 1));
  CHECK(fails_at(std::string(33, 'n') + " p", 1));
  CHECK(fails_at("n " + std::string(65, 'p'), 1));
}

TEST_CASE("an error never repeats what stands in the file") {
  for (const char* text :
       {"falcon", "falcon\tfalcon", "hans falcon falcon", "hans falcon\nhans falcon2", "hans falcon\x01"}) {
    CAPTURE(text);
    CHECK(read(text).find("falcon") == std::string::npos);
  }
}

TEST_CASE("a file is read, and one that others may read is noticed") {
  const TemporaryFile own("hans falcon\n", 0600);
  const auto mine = read_credentials(own.path(), 32, 64);
  REQUIRE(mine);
  CHECK(mine->users.size() == 1);
  CHECK_FALSE(mine->readable_by_others);
  for (const ::mode_t mode : {0640U, 0604U, 0644U}) {
    const TemporaryFile open("hans falcon\n", mode);
    CHECK(read_credentials(open.path(), 32, 64)->readable_by_others);
  }
}

TEST_CASE("a large file is read to its end") {
  std::string text;
  for (int number = 0; number < 20'000; ++number) text += "user" + std::to_string(number) + " password\n";
  const TemporaryFile file(text, 0600);
  const auto read_back = read_credentials(file.path(), 32, 64);
  REQUIRE(read_back);
  REQUIRE(read_back->users.size() == 20'000);
  CHECK(read_back->users.back().name.text() == "user19999");
}

TEST_CASE("a malformed file is named with its line") {
  const TemporaryFile file("hans falcon\nyoda\n", 0600);
  const auto result = read_credentials(file.path(), 32, 64);
  REQUIRE_FALSE(result);
  CHECK(result.error().code == Errc::bad_argument);
  CHECK(result.error().text.starts_with(file.path() + ": line 2: "));
}

TEST_CASE("a file that cannot be read is an error of the system") {
  for (const char* path : {"/nonexistent/credentials.txt", "/"}) {
    const auto result = read_credentials(path, 32, 64);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::system);
    CHECK(result.error().text.find(path) != std::string::npos);
  }
}

}  // namespace sockchat::storage
