#include "client/memory_file.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
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

using client_core::Opened;
using client_core::OutboxEntry;
using client_core::ShownMark;
namespace fs = std::filesystem;

const OutboxEntry kToYoda{"cid1", "yoda", "Hey\nDude"};
const OutboxEntry kToAll{"cid2", std::nullopt, "hey"};

template <class... Changes>
Result<void> apply(MemoryFile& file, Changes... changes) {
  std::array<MemoryChange, sizeof...(changes)> all{MemoryChange(std::move(changes))...};
  return file.apply(all);
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

struct Place {
  [[nodiscard]] std::string folder() const { return root / "state/sockchat/localhost:4000"; }
  [[nodiscard]] std::string file() const { return folder() + "/hans.db"; }
  [[nodiscard]] MemoryFile hans() const { return {folder(), "hans"}; }
  // What the next start finds.
  [[nodiscard]] Opened next() const {
    MemoryFile memory(folder(), "hans");
    auto opened = memory.open();
    REQUIRE(opened);
    return *std::move(opened);
  }
  void fill() const {
    MemoryFile memory(folder(), "hans");
    REQUIRE(memory.open());
    REQUIRE(
        apply(memory, KeepEntry{kToYoda}, KeepEntry{kToAll}, KeepShown{{7, "T7"}}, KeepToken{Secret("t1")}));
  }

  test::TemporaryDirectory root;
};

TEST_CASE("an account of which nothing is known is empty, and leaves no trace") {
  const Place place;
  const Opened opened = place.next();
  REQUIRE(opened.remembered);
  CHECK(opened.remembered->outbox.empty());
  CHECK(opened.remembered->shown == ShownMark{});
  CHECK_FALSE(opened.remembered->token);
  CHECK(opened.warning.empty());
  CHECK_FALSE(fs::exists(place.root / "state"));
}

TEST_CASE("what was kept is there at the next start, in its order") {
  const Place place;
  place.fill();
  const Opened opened = place.next();
  REQUIRE(opened.remembered);
  CHECK(opened.remembered->outbox == std::vector{kToYoda, kToAll});
  CHECK(opened.remembered->shown == ShownMark{7, "T7"});
  REQUIRE(opened.remembered->token);
  CHECK(opened.remembered->token->reveal() == "t1");
}

TEST_CASE("what was forgotten is not there any more, nor are its bytes") {
  const Place place;
  place.fill();
  {
    MemoryFile memory = place.hans();
    REQUIRE(memory.open());
    REQUIRE(apply(memory, ForgetEntry{"cid1"}, KeepToken{std::nullopt}, KeepShown{{9, "T9"}}));
  }
  const Opened opened = place.next();
  CHECK(opened.remembered->outbox == std::vector{kToAll});
  CHECK(opened.remembered->shown == ShownMark{9, "T9"});
  CHECK_FALSE(opened.remembered->token);
  CHECK(bytes_of(place.file()).find("Dude") == std::string::npos);
}

TEST_CASE("nobody else may read it") {
  const Place place;
  const mode_t before = ::umask(0);
  place.fill();
  ::umask(before);
  CHECK(mode_of(place.folder()) == 0700);
  CHECK(mode_of(place.root / "state/sockchat") == 0700);
  CHECK(mode_of(place.file()) == 0600);
  CHECK(mode_of(place.folder() + "/hans.lock") == 0600);

  MemoryFile memory = place.hans();
  REQUIRE(memory.open());
  REQUIRE(apply(memory, KeepEntry{{"cid3", "yoda", "x"}}));
  for (const auto& each : fs::directory_iterator(place.folder())) CHECK(mode_of(each.path()) == 0600);
}

TEST_CASE("a second client of the account does not get it, before and after there is a file") {
  const Place place;
  MemoryFile first = place.hans();
  MemoryFile second = place.hans();
  REQUIRE(first.open());
  REQUIRE(second.open());
  REQUIRE(apply(first, KeepEntry{kToYoda}));
  const auto late = apply(second, KeepEntry{kToAll});
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Errc::busy);
  MemoryFile third = place.hans();
  const auto opened = third.open();
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Errc::busy);
}

TEST_CASE("another account of the same server is another file") {
  const Place place;
  MemoryFile hans = place.hans();
  MemoryFile luke(place.folder(), "luke");
  REQUIRE(hans.open());
  REQUIRE(luke.open());
  CHECK(apply(hans, KeepEntry{kToYoda}));
  CHECK(apply(luke, KeepEntry{kToYoda}));
}

TEST_CASE("the end of the process without a word loses nothing") {
  const Place place;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    MemoryFile memory(place.folder(), "hans");
    const bool kept =
        memory.open() && apply(memory, KeepEntry{kToYoda}) && apply(memory, KeepShown{{7, "T7"}});
    if (!kept) ::_exit(1);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  const Opened opened = place.next();
  CHECK(opened.remembered->outbox == std::vector{kToYoda});
  CHECK(opened.remembered->shown.mid == 7);
}

TEST_CASE("a damaged file is set aside with a warning, and a new one begins") {
  const auto spoil = [](const Place& place, std::string_view what) {
    std::string bytes = bytes_of(place.file());
    if (what == "no database") bytes = "Lorem ipsum dolor sit amet";
    if (what == "cut off") bytes.resize(bytes.size() / 2);
    if (what == "another word") bytes[bytes.find("Dude")] = 'R';
    if (what == "another token") bytes[bytes.find("t1")] = 'x';
    write(place.file(), bytes);
  };
  for (const std::string_view what : {"no database", "cut off", "another word", "another token"}) {
    CAPTURE(what);
    const Place place;
    place.fill();
    spoil(place, what);
    {
      MemoryFile memory = place.hans();
      const auto opened = memory.open();
      REQUIRE(opened);
      REQUIRE(opened->remembered);
      CHECK(opened->remembered->outbox.empty());
      CHECK_FALSE(opened->remembered->token);
      CHECK(opened->warning ==
            fmt::format("Warning: {0} is damaged; it is kept as {0}.damaged, and a new one begins",
                        place.file()));
      CHECK(fs::exists(place.file() + ".damaged"));
      REQUIRE(apply(memory, KeepEntry{kToAll}));
    }
    CHECK(place.next().remembered->outbox == std::vector{kToAll});
  }
}

TEST_CASE("every byte of the file may be damaged: never a crash, never words that nobody wrote") {
  const Place place;
  place.fill();
  const std::string whole = bytes_of(place.file());
  for (std::size_t at = 0; at < whole.size(); at += 37) {
    CAPTURE(at);
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x5A);
    write(place.file(), bytes);
    MemoryFile memory = place.hans();
    const auto opened = memory.open();
    if (!opened || !opened->remembered) continue;
    for (const OutboxEntry& entry : opened->remembered->outbox) CHECK((entry == kToYoda || entry == kToAll));
    if (opened->remembered->token) CHECK(opened->remembered->token->reveal() == "t1");
  }
}

TEST_CASE("a file of a newer version is left alone") {
  const Place place;
  place.fill();
  {
    auto database = sqlite::Database::open(place.file(), std::chrono::milliseconds(0));
    REQUIRE(database);
    REQUIRE((*database)->execute("PRAGMA user_version = 99"));
  }
  MemoryFile memory = place.hans();
  const auto opened = memory.open();
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Errc::system);
  CHECK(opened.error().text.starts_with(place.file()));
  CHECK(opened.error().text.find("newer") != std::string::npos);
  CHECK_FALSE(fs::exists(place.file() + ".damaged"));
}

TEST_CASE("a place that cannot be written is an error when there is something to keep") {
  const Place place;
  write(place.root / "state", "no folder");
  MemoryFile memory = place.hans();
  REQUIRE(memory.open());
  const auto kept = apply(memory, KeepEntry{kToYoda});
  REQUIRE_FALSE(kept);
  CHECK(kept.error().code == Errc::system);
  CHECK(kept.error().text.starts_with("cannot make "));
}

TEST_CASE("a full disk is an error, and what was kept before stays") {
  const Place place;
  place.fill();
  MemoryFile memory = place.hans();
  REQUIRE(memory.open());
  // As a full disk to this process: no file may become larger than it is.
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  auto* const handler = ::signal(SIGXFSZ, SIG_IGN);
  const rlimit little{1024, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &little) == 0);
  const auto kept = apply(memory, KeepEntry{{"cid3", "yoda", std::string(100'000, 'x')}});
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  ::signal(SIGXFSZ, handler);
  REQUIRE_FALSE(kept);
  CHECK(kept.error().code == Errc::storage);
  CHECK(apply(memory, ForgetEntry{"cid2"}));
}

}  // namespace
}  // namespace sockchat::client
