#include "server/process.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace {

using namespace sockchat::server;

struct Directory {
  std::string path = std::filesystem::temp_directory_path() / "sockchat-XXXXXX";
  Directory() { REQUIRE(::mkdtemp(path.data()) != nullptr); }
  ~Directory() { std::filesystem::remove_all(path); }
};

std::string contents(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("port file: it holds the port, replaces an older one, and nothing else is left") {
  const Directory directory;
  const std::string path = directory.path + "/port";
  REQUIRE(write_port_file(path, 4000));
  CHECK(contents(path) == "4000\n");
  REQUIRE(write_port_file(path, 65'535));
  CHECK(contents(path) == "65535\n");
  CHECK(std::distance(std::filesystem::directory_iterator(directory.path), {}) == 1);
}

TEST_CASE("port file: an impossible place is one clear line") {
  const auto written = write_port_file("/nowhere/port", 4000);
  REQUIRE_FALSE(written);
  CHECK(written.error().text == "cannot write the port file /nowhere/port: No such file or directory");
}

TEST_CASE("descriptors: the soft limit becomes the hard one") {
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const auto raised = raise_descriptor_limit();
  REQUIRE(raised);
  CHECK(*raised == std::min<rlim_t>(limit.rlim_max, rlim_t{1} << 30));
}
