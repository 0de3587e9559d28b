#include "server/config_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>
#include <utility>

#include "server/config_print.h"
#include "server/configuration.h"
#include "server/settings.h"
#include "support/temporary_directory.h"

namespace {

using namespace sockchat;
using namespace sockchat::server;
using namespace std::chrono_literals;

ServeOptions taken(std::string_view text) {
  const auto read = parse_config(text, "f.toml");
  if (!read) FAIL(read.error().text);
  ServeOptions options;
  assign_all(options, *read);
  return options;
}

std::string refusal(std::string_view text) {
  const auto read = parse_config(text, "f.toml");
  REQUIRE_FALSE(read);
  CHECK(read.error().text.find('\n') == std::string::npos);
  return read.error().text;
}

}  // namespace

TEST_CASE("config file: every setting and limit can stand in it") {
  const ServeOptions options = taken(R"(
port = 4_000
block-duration = 60
timeout = 0x258   # 600
bind = "127.0.0.1"
data = 'C:\no escapes'
credentials = "c\u00fcr.txt"
store = "memory"
keep-days = 7
plaintext = "never"
tls-cert = "c.pem"
tls-key = "k.pem"
registration = "open"
presence-history = true
port-file = "p"
log-level = "warn"
hash-memory = 8
hash-iterations = 1
[limits]
text_max = "1KiB"
frame_max = 65536
ping_seconds = 0.5
mailbox_days = 0.00002
message_rate = 0
)");
  CHECK(options.port == 4000);
  CHECK(options.block_duration == 60s);
  CHECK(options.idle_timeout == 600s);
  CHECK(options.bind == "127.0.0.1");
  CHECK(options.data_directory == R"(C:\no escapes)");
  CHECK(options.credentials == "c\xc3\xbcr.txt");
  CHECK(options.store == StoreKind::memory);
  CHECK(options.keep == std::chrono::days(7));
  CHECK(options.plaintext == Plaintext::never);
  CHECK(options.tls_certificate == "c.pem");
  CHECK(options.tls_key == "k.pem");
  CHECK(options.registration_open);
  CHECK(options.presence_history);
  CHECK(options.port_file == "p");
  CHECK(options.log_level == spdlog::level::warn);
  CHECK(options.hash_cost.memory_kib == 8);
  CHECK(options.hash_cost.iterations == 1);
  CHECK(options.limits.text_max == 1024);
  CHECK(options.limits.frame_max == 65'536);
  CHECK(options.limits.ping_seconds == 500ms);
  CHECK(options.limits.mailbox_days == 1'728ms);
  CHECK(options.limits.message_rate == 0);
  CHECK(taken("").port == 0);
  CHECK(taken("limits.text_max = 5").limits.text_max == 5);
}

TEST_CASE("config file: what is wrong is named with its line") {
  const std::pair<const char*, const char*> wrong[] = {
      {"\n\nfoo = 1", "f.toml:3: there is no setting named 'foo'"},
      {"[limits]\nno_such = 1", "f.toml:2: there is no limit named 'no_such'; --help-limits lists them"},
      {"[section]\nport = 1", "f.toml:1: there is no setting named 'section'"},
      {"port = \"4000\"", "f.toml:1: port takes a whole number, not a text in quotes"},
      {"port = 4e3", "f.toml:1: port takes a whole number, not a number with a fraction"},
      {"bind = [\"::1\"]", "f.toml:1: bind takes a text in quotes, not a list"},
      {"presence-history = 1", "f.toml:1: presence-history takes true or false, not a whole number"},
      {"data = 1979-05-27", "f.toml:1: data takes a text in quotes, not a date or a time"},
      {"timeout = 0", "f.toml:1: timeout: '0' is not a whole number from 1 to 1000000000"},
      {"timeout = -5", "f.toml:1: timeout: '-5' is not a whole number from 1 to 1000000000"},
      {"data = \"\"", "f.toml:1: data: an empty name"},
      {"data = \"a\\u0000b\"", "f.toml:1: data holds a NUL"},
      {"store = \"disk\"", "f.toml:1: store: 'disk' is not one of sqlite|memory"},
      {"store = \"a\\nb\"", "f.toml:1: store: 'a\\x0ab' is not one of sqlite|memory"},
      {"limits = 3", "f.toml:1: limits is a table: [limits]"},
      {"[[limits]]\ntext_max = 3", "f.toml:1: limits is a table: [limits]"},
      {"[limits]\ntext_max = true",
       "f.toml:2: limit text_max takes a number, or a size in quotes, not true or false"},
      {"[limits.text_max]\nport = 1",
       "f.toml:1: limit text_max takes a number, or a size in quotes, not a table"},
      {"[limits]\ntext_max = 0", "f.toml:2: limit text_max must be between 1 and 256KiB, not 0"},
      {"[limits]\nping_seconds = nan",
       "f.toml:2: limit ping_seconds must be between 0.05 and 86400, not nan"},
      // The first one of the file, not of the alphabet.
      {"timeout = 0\nbind = 1", "f.toml:1: timeout: '0' is not a whole number from 1 to 1000000000"},
  };
  for (const auto& [text, line] : wrong) CHECK(refusal(text) == line);
}

TEST_CASE("config file: what is no TOML, or says a thing twice, is refused with its line") {
  for (const char* text : {"port = 1\nport = 2", "port = 1\nport 2", "port = 1\n\"port\" = 2", "\xff\xfe",
                           "port = 1\n[limits]\ntext_max = 1\n[limits]\ntext_max = 2", "data = \"a",
                           "data = \"\x01\"", "a = [[[[[[", "port = 99999999999999999999", "= 1", "port ="}) {
    CAPTURE(text);
    CHECK(refusal(text).starts_with("f.toml:"));
  }
  CHECK(refusal("port = 1\nport = 2").starts_with("f.toml:2: "));
  CHECK(refusal("data = " + std::string(100'000, '[')).starts_with("f.toml:1: "));
}

TEST_CASE("config file: one that is no file, not there or too large is refused by its name") {
  const test::TemporaryDirectory directory;
  const std::string path = directory / "sockchat.toml";
  CHECK(read_config(path).error().text == "cannot read " + path + ": No such file or directory");
  CHECK(read_config(directory.path()).error().text.find("it is no file") != std::string::npos);
  const std::string pipe = directory / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(read_config(pipe).error().text.find("it is no file") != std::string::npos);

  std::ofstream(path) << "port = 7\n" << std::string((1 << 20) - 9, '#');
  CHECK(read_config(path));
  std::ofstream(path, std::ios::app) << '#';
  CHECK(read_config(path).error().text.find("File too large") != std::string::npos);
}

TEST_CASE("config file: what is printed reads back to the same") {
  ServeOptions options = taken(R"(
port = 4000
block-duration = 60
timeout = 600
bind = "::1"
data = "with \"quotes\", \\ and a \t, \u001b and \u007f"
credentials = ""
keep-days = 1
plaintext = "any"
registration = "open"
presence-history = true
log-level = "off"
[limits]
text_max = 1025
send_buffer = 0
mailbox_days = 14.3
token_days = 0.00001
login_seconds = 0.29
ping_seconds = 57.123456789
message_rate = 0.1
broadcast_rate = 1000000000
query_rate = 0.000001
)");
  for (int round = 0; round < 2; ++round) {
    const auto text = print_config(options);
    if (!text) FAIL(text.error().text);
    const ServeOptions back = taken(*text);
    CHECK(differences(options, back).empty());
    CHECK(back.limits.mailbox_days == options.limits.mailbox_days);
    options = ServeOptions();
    options.block_duration = options.idle_timeout = 1s;
    options.data_directory = "d";
  }
}

TEST_CASE("config file: names that TOML cannot hold are not printed") {
  ServeOptions options;
  options.data_directory = "\xff";
  const auto text = print_config(options);
  REQUIRE_FALSE(text);
  CHECK(text.error().text.starts_with("this cannot be written as TOML: "));
}
