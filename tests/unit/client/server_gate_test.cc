#include "client/server_gate.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "support/temporary_directory.h"

namespace sockchat::client {
namespace {

using client_core::KeyPin;
using client_core::TrustPolicy;
using enum Passage::Kind;
namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

KeyPin pin_of(char digit) { return KeyPin::parse(std::string(KeyPin::kDigits, digit)).value(); }

const KeyPin kKey = pin_of('a');
const KeyPin kOther = pin_of('b');
const std::string kName = "chat.example:4000";
const std::string kChanged =
    "Error. The key of chat.example:4000 has changed. If that is expected: sockchat forget-server "
    "chat.example:4000";

struct Place {
  [[nodiscard]] KnownServers known() const { return KnownServers(folder()); }
  [[nodiscard]] std::string folder() const { return root / "sockchat"; }
  [[nodiscard]] ServerGate gate(TrustPolicy policy) const {
    policy.server = kName;
    return {std::move(policy), kName, known()};
  }
  [[nodiscard]] std::optional<KeyPin> remembered() const { return known().find(kName).value(); }

  test::TemporaryDirectory root;
};

const TrustPolicy kAcceptNew{.server = {}, .accept_new = true};
const TrustPolicy kOnTerminal{.server = {}, .can_ask = true};

TEST_CASE("a first contact is remembered, and known the next time") {
  const Place place;
  const Passage first = place.gate(kAcceptNew).examine(kKey, false);
  CHECK(first.kind == open);
  CHECK(first.lines == Lines{"Trusting chat.example:4000, key " + kKey.text()});
  CHECK(place.remembered() == kKey);
  const Passage second = place.gate({}).examine(kKey, false);
  CHECK(second.kind == open);
  CHECK(second.lines.empty());
  const Passage changed = place.gate(kAcceptNew).examine(kOther, true);
  CHECK(changed.kind == shut);
  CHECK(changed.lines == Lines{kChanged});
  CHECK(place.remembered() == kKey);
}

TEST_CASE("only a full yes or no is an answer") {
  const Place place;
  ServerGate gate = place.gate(kOnTerminal);
  CHECK(gate.examine(kKey, false).kind == asking);
  for (const auto* line : {"", "y", "Yes", "YES", "yes ", " yes", "n", "No", "yesno", "hans"}) {
    CAPTURE(line);
    CHECK(gate.answer(line).kind == asking);
    CHECK(place.remembered() == std::nullopt);
  }
  const Passage yes = gate.answer("yes");
  CHECK(yes.kind == open);
  CHECK(yes.lines.empty());
  CHECK(place.remembered() == kKey);
}

TEST_CASE("a no shuts, and nothing is remembered") {
  const Place place;
  ServerGate gate = place.gate(kOnTerminal);
  CHECK(gate.examine(kKey, false).kind == asking);
  CHECK(gate.answer("no").kind == shut);
  CHECK_FALSE(fs::exists(place.folder()));
  // The next connection is a first contact still.
  CHECK(gate.examine(kKey, false).kind == asking);
}

TEST_CASE("a yes is for the key that was shown, not for the one that comes then") {
  const Place place;
  ServerGate gate = place.gate(kOnTerminal);
  CHECK(gate.examine(kKey, false).kind == asking);
  CHECK(gate.answer("yes").kind == open);
  const Passage other = gate.examine(kOther, false);
  CHECK(other.kind == shut);
  CHECK(other.lines == Lines{kChanged});
  CHECK(gate.examine(kKey, false).kind == open);
}

TEST_CASE("what was accepted in this run decides, whatever happens to the file") {
  const Place place;
  ServerGate gate = place.gate(kAcceptNew);
  CHECK(gate.examine(kKey, false).kind == open);
  REQUIRE(place.known().forget("chat.example", 4000).value().size() == 1);
  CHECK(gate.examine(kOther, false).kind == shut);
  REQUIRE(place.known().remember(kName, kOther));
  CHECK(gate.examine(kOther, false).kind == shut);
  const Passage same = gate.examine(kKey, false);
  CHECK(same.kind == open);
  CHECK(same.lines.empty());
  std::ofstream(place.folder() + "/known_servers") << "damage\n";
  CHECK(gate.examine(kKey, false).kind == open);
}

TEST_CASE("a given pin is remembered where nothing is, and never in place of something") {
  const Place place;
  const TrustPolicy given{.server = {}, .pin = kKey};
  CHECK(place.gate(given).examine(kOther, true).kind == shut);
  CHECK(place.remembered() == std::nullopt);
  const Passage first = place.gate(given).examine(kKey, false);
  CHECK(first.kind == open);
  CHECK(first.lines.empty());
  CHECK(place.remembered() == kKey);

  ServerGate gate = place.gate({.server = {}, .pin = kOther});
  const Passage differs = gate.examine(kOther, false);
  CHECK(differs.kind == open);
  CHECK(differs.lines.size() == 1);
  CHECK(place.remembered() == kKey);
  // Said once in a run.
  CHECK(gate.examine(kOther, false).lines.empty());
  CHECK(gate.examine(kKey, false).kind == shut);
}

TEST_CASE("a damaged file shuts, for known and unknown servers, and with a pin too") {
  const Place place;
  fs::create_directories(place.folder());
  std::ofstream(place.folder() + "/known_servers") << "damage\n";
  for (const TrustPolicy& policy : {kAcceptNew, kOnTerminal, TrustPolicy{.server = {}, .pin = kKey}}) {
    const Passage passage = place.gate(policy).examine(kKey, true);
    CHECK(passage.kind == shut);
    CHECK(passage.lines ==
          Lines{"Error. " + place.folder() + "/known_servers, line 1: this is not a server and its key"});
  }
}

TEST_CASE("a key that cannot be remembered is good for this run, and the user knows") {
  const Place place;
  std::ofstream(place.root / "sockchat") << "a file where the folder should be";
  ServerGate gate = place.gate(kAcceptNew);
  const Passage passage = gate.examine(kKey, false);
  CHECK(passage.kind == open);
  CHECK(passage.lines == Lines{"Trusting chat.example:4000, key " + kKey.text(),
                               "The key of chat.example:4000 is not remembered: cannot open " +
                                   place.folder() + "/known_servers.lock: Not a directory"});
  CHECK(gate.examine(kKey, false).kind == open);
  CHECK(gate.examine(kOther, false).kind == shut);
}

TEST_CASE("who meets another key at the same moment as another client is shut out") {
  const Place place;
  ServerGate gate = place.gate(kOnTerminal);
  CHECK(gate.examine(kKey, false).kind == asking);
  REQUIRE(place.known().remember(kName, kOther));
  const Passage yes = gate.answer("yes");
  CHECK(yes.kind == shut);
  CHECK(yes.lines == Lines{kChanged});
  CHECK(place.remembered() == kOther);
}

}  // namespace
}  // namespace sockchat::client
