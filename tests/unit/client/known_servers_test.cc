#include "client/known_servers.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/temporary_directory.h"

namespace sockchat::client {
namespace {

using client_core::KeyPin;
namespace fs = std::filesystem;

KeyPin pin_of(char digit) { return KeyPin::parse(std::string(KeyPin::kDigits, digit)).value(); }

const KeyPin kKey = pin_of('a');
const KeyPin kOther = pin_of('b');
const std::string kName = "chat.example:4000";

struct Place {
  [[nodiscard]] std::string folder() const { return root / "state/sockchat"; }
  [[nodiscard]] std::string file() const { return folder() + "/known_servers"; }
  [[nodiscard]] KnownServers servers() const { return KnownServers(folder()); }
  [[nodiscard]] std::string bytes() const {
    std::ifstream stream(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  void write(std::string_view bytes) const {
    fs::create_directories(folder());
    std::ofstream(file(), std::ios::binary | std::ios::trunc) << bytes;
  }

  test::TemporaryDirectory root;
};

mode_t mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

TEST_CASE("a server is known by host and port, however they are written") {
  CHECK(known_name("Chat.EXAMPLE", 4000) == "chat.example:4000");
  CHECK(known_name("localhost", 1) == "localhost:1");
  CHECK(known_name("::1", 4000) == "[::1]:4000");
  CHECK(known_name("0:0:0:0:0:0:0:1", 4000) == "[::1]:4000");
  CHECK(known_name("FE80::1", 4000) == "[fe80::1]:4000");
  CHECK(known_name("127.0.0.1", 4000) == "127.0.0.1:4000");
}

TEST_CASE("nothing is known, and nothing made, before something is remembered") {
  const Place place;
  CHECK(place.servers().find(kName).value() == std::nullopt);
  CHECK(place.servers().forget("chat.example", std::nullopt).value().empty());
  CHECK_FALSE(fs::exists(place.root / "state"));
}

TEST_CASE("what is remembered is found by everyone, in a file for the owner alone") {
  const Place place;
  CHECK(place.servers().remember(kName, kKey).value() == kKey);
  CHECK(place.servers().find(kName).value() == kKey);
  CHECK(place.servers().find("chat.example:4001").value() == std::nullopt);
  CHECK(place.bytes() == "chat.example:4000 " + kKey.text() + "\n");
  CHECK(mode_of(place.file()) == 0600);
  CHECK(mode_of(place.folder()) == 0700);
}

TEST_CASE("a known server keeps its key until it is forgotten") {
  const Place place;
  CHECK(place.servers().remember(kName, kKey).value() == kKey);
  CHECK(place.servers().remember(kName, kOther).value() == kKey);
  CHECK(place.servers().find(kName).value() == kKey);
  CHECK(place.servers().forget("Chat.Example", 4000).value() == std::vector<KnownServer>{{kName, kKey}});
  CHECK(place.servers().find(kName).value() == std::nullopt);
  CHECK(place.servers().remember(kName, kOther).value() == kOther);
}

TEST_CASE("without a port all ports of the host are forgotten, and no other host") {
  const Place place;
  auto servers = place.servers();
  for (const std::string name : {"a.example:1", "a.example:2", "b.a.example:1", "a.example.com:1", "[::1]:1"})
    REQUIRE(servers.remember(name, kKey));
  CHECK(servers.forget("a.example", 3).value().empty());
  CHECK(servers.forget("a.example", std::nullopt).value() ==
        std::vector<KnownServer>{{"a.example:1", kKey}, {"a.example:2", kKey}});
  CHECK(servers.forget("example", std::nullopt).value().empty());
  CHECK(servers.forget("::1", std::nullopt).value().size() == 1);
  CHECK(servers.find("b.a.example:1").value() == kKey);
  CHECK(servers.find("a.example.com:1").value() == kKey);
}

TEST_CASE("a damaged line makes every call fail with its number, and stays as it is") {
  const Place place;
  const std::string good = kName + " " + kKey.text() + "\n";
  for (const std::string& bad :
       {std::string("\n"), std::string("x\n"), "b:1 " + kKey.text().substr(1) + "\n",
        "b:1  " + kKey.text() + "\n", "b:1 " + kKey.text() + " \n", "b:1 " + kKey.text() + "\r\n",
        " " + kKey.text() + "\n", "b\x01:1 " + kKey.text() + "\n", "b:1 " + kKey.text().substr(0, 20), good,
        kName + " " + kOther.text() + "\n", std::string("b:1 \0\n", 6)}) {
    CAPTURE(bad);
    place.write(good + bad);
    auto servers = place.servers();
    for (const auto& error : {servers.find(kName).error(), servers.remember("c:1", kKey).error(),
                              servers.forget("chat.example", 4000).error()}) {
      CHECK(error.code == Errc::corrupt);
      CHECK(error.text.starts_with(place.file() + ", line 2: "));
    }
    CHECK(place.bytes() == good + bad);
  }
}

TEST_CASE("a last line without a line break is a line") {
  const Place place;
  place.write(kName + " " + kKey.text());
  CHECK(place.servers().find(kName).value() == kKey);
  CHECK(place.servers().remember("b:1", kOther).value() == kOther);
  CHECK(place.servers().find(kName).value() == kKey);
}

TEST_CASE("a file that grew beyond its bound is refused, and does not grow beyond it") {
  const Place place;
  std::string lines;
  int count = 0;
  while (true) {
    const std::string line = fmt::format("{:0>200}:1 {}\n", count, kKey.text());
    if (lines.size() + line.size() > KnownServers::kBytesMax) break;
    lines += line;
    ++count;
  }
  place.write(lines);
  const std::string last = fmt::format("{:0>200}:1", count - 1);
  CHECK(place.servers().find(last).value() == kKey);
  const auto full = place.servers().remember(fmt::format("{:0>200}:1", count), kKey);
  REQUIRE_FALSE(full);
  CHECK(full.error().text == place.file() + " is full");
  CHECK(place.servers().find(last).value() == kKey);
  place.write(std::string(KnownServers::kBytesMax + 1, 'x'));
  CHECK(place.servers().find(kName).error().code == Errc::corrupt);
}

TEST_CASE("a name that no line can hold is not remembered") {
  const Place place;
  for (const std::string name : {"", "a b:1", "a\nb:1"}) CHECK_FALSE(place.servers().remember(name, kKey));
  CHECK_FALSE(fs::exists(place.file()));
}

TEST_CASE("without a state folder nothing is known, and remembering fails") {
  KnownServers servers(std::nullopt);
  CHECK(servers.find(kName).value() == std::nullopt);
  CHECK(servers.remember(kName, kKey).error().code == Errc::system);
  CHECK(servers.forget("chat.example", std::nullopt).value().empty());
}

TEST_CASE("what cannot be read or written is an error that says why") {
  const Place place;
  fs::create_directories(place.file());
  CHECK(place.servers().find(kName).error().text == "cannot read " + place.file() + ": Is a directory");
  fs::remove(place.file());
  fs::create_symlink("elsewhere", place.file());
  CHECK(place.servers().find(kName).error().code == Errc::system);
  fs::remove(place.file());
  fs::create_directories(place.file() + ".new");
  CHECK(place.servers().remember(kName, kKey).error().text ==
        "cannot open " + place.file() + ".new: Is a directory");
  CHECK(place.servers().find(kName).value() == std::nullopt);
}

TEST_CASE("who cannot have the lock is told so") {
  const Place place;
  REQUIRE(place.servers().remember(kName, kKey));
  const std::string beside = place.file() + ".lock";
  const net::UniqueFd held(::open(beside.c_str(), O_RDWR | O_CLOEXEC));
  REQUIRE(::flock(held.get(), LOCK_EX) == 0);
  KnownServers impatient(place.folder(), std::chrono::milliseconds(30));
  CHECK(impatient.remember("b:1", kKey).error().text == "another client keeps " + beside);
  CHECK(impatient.forget("chat.example", 4000).error().code == Errc::system);
  // Who only looks needs none.
  CHECK(place.servers().find(kName).value() == kKey);
}

TEST_CASE("clients that remember at once lose none of it") {
  const Place place;
  constexpr int kClients = 8;
  std::array<pid_t, kClients> clients{};
  for (int each = 0; each < kClients; ++each) {
    clients[static_cast<std::size_t>(each)] = ::fork();
    if (clients[static_cast<std::size_t>(each)] == 0) {
      KnownServers patient(place.folder(), std::chrono::minutes(1));
      const bool kept = patient.remember(fmt::format("host{}:1", each), kKey).has_value();
      ::_exit(kept ? 0 : 1);
    }
  }
  for (const pid_t client : clients) {
    int status = -1;
    REQUIRE(::waitpid(client, &status, 0) == client);
    CHECK(status == 0);
  }
  for (int each = 0; each < kClients; ++each)
    CHECK(place.servers().find(fmt::format("host{}:1", each)).value() == kKey);
}

}  // namespace
}  // namespace sockchat::client
