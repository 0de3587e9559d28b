// Files that somebody or something has changed at random places, thousands of times: an outcome is a refusal
// that names the directory, or everything as it was, or a notice for what is missing. Never an empty start,
// never a crash. SOCKCHAT_DAMAGES says how many (`make damage`), SOCKCHAT_SEED which.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "contract/store_worlds.h"
#include "sockchat/storage/credentials_file.h"

namespace {

using namespace sockchat;
using namespace sockchat::test;
namespace fs = std::filesystem;
using Random = std::mt19937_64;

constexpr int kRoundsInUnitTests = 500;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// --- what is damaged

std::string text_of(std::size_t number) {
  return "message " + std::to_string(number) + std::string(number * 7 % 900, '.');
}

// Two accounts and a mailbox, as a process that ended without a word leaves them: the second half of the
// messages stands in the log alone.
class Filled final {
 public:
  explicit Filled(std::size_t messages) : messages_(messages) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(fill() ? 0 : 1);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
  }
  [[nodiscard]] std::size_t messages() const { return messages_; }
  void copy_to(const std::string& target) const {
    for (const auto& entry : fs::directory_iterator(directory_.path()))
      fs::copy_file(entry.path(), fs::path(target) / entry.path().filename());
  }

 private:
  bool fill() {
    for (const std::string_view who : {"alice", "bob"}) {
      ManualExecutor executor;
      auto store = storage::SqliteStore::open(directory_.path(), executor, {}, {});
      if (!store) return false;
      (*store)->add_account(name(who), "hash", at(1), [](const auto&) {});
      const std::size_t first = who == "bob" ? messages_ / 2 : 0;
      for (std::size_t number = first; number < first + messages_ / 2; ++number)
        (*store)->append(draft(kAlice, kBob, text_of(number)), [](const auto&) {});
      if (!executor.run_until([&store] { return (*store)->in_flight() == 0; })) return false;
      if (who == "bob") ::_exit(0);
    }
    return true;
  }

  const std::size_t messages_;
  TemporaryDirectory directory_;
};

// --- the damage

void overwrite(const std::string& path, std::uint64_t place, const std::string& bytes) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(place));
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// What was done, for the one who has to find it again.
std::string damage(const std::string& path, Random& random) {
  const std::uint64_t size = fs::file_size(path);
  if (size == 0) {
    std::ofstream(path, std::ios::binary) << "what is this";
    return path + " has something in it";
  }
  const std::uint64_t place = random() % size;
  std::string bytes;
  switch (random() % 8) {
    case 0:
      fs::resize_file(path, place);
      return path + " cut at " + std::to_string(place);
    case 1:  // a sector that was never written
      overwrite(path, place / 512 * 512,
                std::string(std::min<std::uint64_t>(512, size - place / 512 * 512), '\0'));
      return path + " without its sector at " + std::to_string(place / 512 * 512);
    case 2: {  // one bit
      std::ifstream file(path, std::ios::binary);
      file.seekg(static_cast<std::streamoff>(place));
      overwrite(path, place, {static_cast<char>(file.get() ^ 1 << random() % 8)});
      return path + " with a bit turned at " + std::to_string(place);
    }
    default:
      for (auto count = 1 + random() % 4; count > 0; --count) bytes += static_cast<char>(random());
      overwrite(path, place, bytes);
      return path + " changed at " + std::to_string(place);
  }
}

// --- the outcome

enum class Outcome : std::uint8_t { refused, reported, unchanged, wrong };

Outcome start(const std::string& directory, std::size_t messages) {
  std::size_t notices = 0;
  bool is_wrong = false;
  std::size_t delivered = 0;
  {
    ManualExecutor executor;
    auto store = storage::SqliteStore::open(
        directory, executor, {},
        {.on_fatal = {}, .on_notice = [&notices](const std::string&) { ++notices; }, .on_limit = {}});
    if (!store) {
      const std::string& text = store.error().text;
      return text.contains(directory) && !text.contains('\n') ? Outcome::refused : Outcome::wrong;
    }
    Asking ask(**store, executor);
    const auto snapshot = ask.load();
    // The server ends with that line.
    if (!snapshot) return snapshot.error().text.contains('\n') ? Outcome::wrong : Outcome::refused;
    if (snapshot->accounts.size() != 2) return Outcome::wrong;
    if (const auto page = ask.fetch(everything_for(kBob))) {
      for (const domain::Message& message : page->messages)
        is_wrong |= message.text != text_of(message.id.value() - 1) || message.from != kAlice;
      delivered = page->messages.size();
    } else {
      ++notices;  // an error is an answer
    }
    // It may fail, but must not fall.
    static_cast<void>(ask.append(draft(kBob, kAlice, "another", "cid")));
    static_cast<void>(ask.confirm(kBob, MessageId(3)));
    ask.settle();
  }
  if (is_wrong) return Outcome::wrong;
  if (delivered == messages) return Outcome::unchanged;
  return notices > 0 ? Outcome::reported : Outcome::wrong;
}

}  // namespace

TEST_CASE("damage: random changes of any file are refused, or reported, or change nothing") {
  const auto rounds = from_environment("SOCKCHAT_DAMAGES", kRoundsInUnitTests);
  const std::uint64_t seed = from_environment("SOCKCHAT_SEED", std::random_device{}());
  INFO("SOCKCHAT_SEED=" << seed);
  Random random(seed);
  std::vector<std::unique_ptr<Filled>> sizes;
  for (const std::size_t messages : {std::size_t{2}, std::size_t{60}, std::size_t{1000}})
    sizes.push_back(std::make_unique<Filled>(messages));
  std::map<Outcome, int> outcomes;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const Filled& filled = *sizes[random() % sizes.size()];
    const TemporaryDirectory copy;
    filled.copy_to(copy.path());
    std::vector<std::string> files;
    for (const auto& entry : fs::directory_iterator(copy.path())) {
      // What the next process makes anew, whatever was in it.
      if (entry.path().extension() != ".db-shm") files.push_back(entry.path());
    }
    std::ranges::sort(files);
    // The small files have few places: more often the ones that hold the messages.
    std::string victim = files[random() % files.size()];
    if (random() % 2 == 0) victim = copy / (random() % 2 == 0 ? "sockchat.db" : "sockchat.db-wal");
    const std::string what = damage(victim, random);
    INFO("round " << round << ", " << filled.messages() << " messages: " << what);
    const Outcome outcome = start(copy.path(), filled.messages());
    CHECK(outcome != Outcome::wrong);
    ++outcomes[outcome];
  }
  MESSAGE(rounds << " damages: " << outcomes[Outcome::refused] << " refused, " << outcomes[Outcome::reported]
                 << " reported, " << outcomes[Outcome::unchanged] << " without effect");
  CHECK(outcomes[Outcome::refused] > static_cast<int>(rounds / 20));
}

TEST_CASE("damage: a schema that is quoted in its refusal does not make two lines of it") {
  const Filled filled(2);
  const TemporaryDirectory copy;
  filled.copy_to(copy.path());
  const std::string path = copy / "sockchat.db";
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const std::size_t place = bytes.find(",\n  commits INTEGER");
  REQUIRE(place != std::string::npos);
  overwrite(path, place, "\"");
  CHECK(start(copy.path(), filled.messages()) == Outcome::refused);
}

TEST_CASE("damage: a credentials file changed at random is read whole, or refused by its name") {
  const auto rounds = from_environment("SOCKCHAT_DAMAGES", kRoundsInUnitTests);
  const std::uint64_t seed = from_environment("SOCKCHAT_SEED", std::random_device{}());
  INFO("SOCKCHAT_SEED=" << seed);
  Random random(seed);
  const TemporaryDirectory directory;
  const std::string path = directory / "credentials.txt";
  std::string sound;
  for (int user = 0; user < 50; ++user)
    sound += "user" + std::to_string(user) + " password" + std::to_string(user * 31) + "\n";
  int refused = 0;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << sound;
    const std::string what = damage(path, random);
    INFO("round " << round << ": " << what);
    const auto read = storage::read_credentials(path, 32, 1024);
    if (read) {
      CHECK(read->users.size() <= 51);
      continue;
    }
    ++refused;
    CHECK(read.error().text.starts_with(path));
    CHECK_FALSE(read.error().text.contains('\n'));
  }
  CHECK(refused > static_cast<int>(rounds / 20));
}
