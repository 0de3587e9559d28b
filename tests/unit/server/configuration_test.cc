#include "server/configuration.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "server/settings.h"
#include "support/temporary_directory.h"

namespace {

using namespace sockchat;
using namespace sockchat::server;
using namespace std::chrono_literals;

class ConfiguredWorld {
 public:
  void write(std::string_view text) const { std::ofstream(path_) << text; }
  [[nodiscard]] Result<Configuration> load(std::vector<Assignment> said = {}) const {
    return Configuration::load({.config_file = path_, .data_default = "there", .said = std::move(said)});
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  const test::TemporaryDirectory directory_;
  const std::string path_ = directory_ / "sockchat.toml";
};

constexpr std::string_view kEnough = "port = 4000\nblock-duration = 60\ntimeout = 600\n";
std::string enough_and(std::string_view more) { return std::string(kEnough).append(more); }

}  // namespace

TEST_CASE("configuration: the command line wins over the file, and the file over the defaults") {
  const ConfiguredWorld world;
  world.write(enough_and("plaintext = 'any'\nregistration = 'open'\n[limits]\ntext_max = 5\nname_max = 6\n"));
  const auto loaded = world.load(
      {{find_setting("port"), "1"}, {find_setting("plaintext"), "never"}, {nullptr, "text_max=7"}});
  REQUIRE(loaded);
  const ServeOptions& options = loaded->options();
  CHECK(options.port == 1);
  CHECK(options.block_duration == 60s);
  CHECK(options.plaintext == Plaintext::never);
  CHECK(options.registration_open);
  CHECK(options.limits.text_max == 7);
  CHECK(options.limits.name_max == 6);
  CHECK(options.limits.password_max == 1024);
  CHECK(options.data_directory == "there");
}

TEST_CASE("configuration: what is missing, or does not go together, is said with the file's name") {
  const ConfiguredWorld world;
  CHECK(world.load().error().text.find("No such file") != std::string::npos);
  world.write("port = 1\ntimeout = 1\n");
  CHECK(world.load().error().text ==
        world.path() + ": block-duration is set neither there nor on the command line");
  CHECK(world.load({{find_setting("block-duration"), "1"}}));
  world.write(enough_and("tls-cert = 'c'\n"));
  CHECK(world.load().error().text ==
        world.path() + ": tls-cert and tls-key go together: neither does without the other");
  CHECK(world.load({{find_setting("tls-key"), "k"}}));
}

TEST_CASE("configuration: read again, it names what has changed") {
  const ConfiguredWorld world;
  world.write(enough_and("[limits]\nmessage_rate = 5\n"));
  auto loaded = world.load();
  REQUIRE(loaded);
  CHECK(loaded->read_again()->names.empty());

  world.write(enough_and("registration = 'open'\nlog-level = 'debug'\n[limits]\nmessage_rate = 6\n"));
  auto change = loaded->read_again();
  REQUIRE(change);
  CHECK(change->names == std::vector<std::string_view>{"registration", "log-level", "message_rate"});
  CHECK(change->options.registration_open);
  CHECK_FALSE(loaded->options().registration_open);
  // Until it is accepted it is news.
  CHECK(loaded->read_again()->names.size() == 3);
  loaded->accept(*std::move(change));
  CHECK(loaded->options().registration_open);
  CHECK(loaded->read_again()->names.empty());
}

TEST_CASE("configuration: what only a start can take keeps everything else away as well") {
  const ConfiguredWorld world;
  world.write(kEnough);
  const auto loaded = world.load();
  REQUIRE(loaded);
  world.write(
      "port = 4001\nblock-duration = 60\ntimeout = 600\nregistration = 'open'\n[limits]\ntext_max = 1\n");
  const auto change = loaded->read_again();
  REQUIRE_FALSE(change);
  CHECK(change.error().text == "only a start can take what has changed: port, text_max");
}

TEST_CASE("configuration: a file that is broken or gone changes nothing") {
  const ConfiguredWorld world;
  world.write(kEnough);
  const auto loaded = world.load();
  REQUIRE(loaded);
  world.write(enough_and("registration = open\n"));
  CHECK(loaded->read_again().error().text.starts_with(world.path() + ":4: "));
  std::filesystem::remove(world.path());
  CHECK(loaded->read_again().error().text.find("No such file") != std::string::npos);
  CHECK_FALSE(loaded->options().registration_open);
}

TEST_CASE("configuration: without a file there is nothing to read again, and that is no error") {
  ServeCommand command;
  command.said = {
      {find_setting("port"), "0"}, {find_setting("block-duration"), "1"}, {find_setting("timeout"), "1"}};
  const auto loaded = Configuration::load(std::move(command));
  REQUIRE(loaded);
  CHECK(loaded->read_again()->names.empty());
}
