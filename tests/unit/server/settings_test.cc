#include "server/settings.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace {

using namespace sockchat;
using namespace sockchat::server;

// One that differs from the default, for each row.
ServeOptions everything() {
  ServeOptions options;
  const std::pair<const char*, const char*> wanted[] = {
      {"port", "4000"},        {"block-duration", "60"},     {"timeout", "600"},
      {"bind", "::1"},         {"data", "/tmp/d"},           {"credentials", "c.txt"},
      {"store", "memory"},     {"keep-days", "90"},          {"plaintext", "never"},
      {"tls-cert", "c.pem"},   {"tls-key", "k.pem"},         {"registration", "open"},
      {"port-file", "p"},      {"presence-history", "true"}, {"log-level", "error"},
      {"hash-memory", "1024"}, {"hash-iterations", "3"},
  };
  REQUIRE(std::size(wanted) == settings().size());
  for (const auto& [name, text] : wanted) {
    CAPTURE(name);
    const Setting* const setting = find_setting(name);
    REQUIRE(setting != nullptr);
    REQUIRE(setting->assign(options, text));
    CHECK(setting->show(options) == text);
    CHECK(setting->show(ServeOptions()) != text);
  }
  return options;
}

}  // namespace

TEST_CASE("settings: each shows what it was given, and takes what it shows") {
  const ServeOptions original = everything();
  ServeOptions copy;
  for (const Setting& setting : settings()) {
    CAPTURE(setting.name);
    const auto shown = setting.show(original);
    REQUIRE(shown);
    CHECK(setting.assign(copy, *shown));
    CHECK(setting.show(copy) == shown);
  }
}

TEST_CASE("settings: every name is there once, and what goes by its place comes first") {
  std::set<std::string_view> names;
  bool after_places = false;
  for (const Setting& setting : settings()) {
    CAPTURE(setting.name);
    CHECK(names.insert(setting.name).second);
    CHECK(find_setting(setting.name) == &setting);
    const bool goes_by_place = !setting.flags.starts_with('-');
    CHECK_FALSE((goes_by_place && after_places));
    after_places = !goes_by_place;
    if (!goes_by_place) CHECK(setting.flags.ends_with("--" + std::string(setting.name)));
  }
  CHECK(find_setting("foo") == nullptr);
  CHECK(find_setting("") == nullptr);
}

TEST_CASE("settings: what is refused changes nothing, and says what would be right") {
  ServeOptions options;
  const auto refused = find_setting("plaintext")->assign(options, "sometimes");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text == "'sometimes' is not one of loopback|never|any");
  CHECK(options.plaintext == Plaintext::loopback);
  const auto number = find_setting("keep-days")->assign(options, "-1");
  REQUIRE_FALSE(number);
  CHECK(number.error().text == "'-1' is not a whole number from 1 to 36500");
  CHECK_FALSE(options.keep);
}

TEST_CASE("settings: what goes together is looked at together") {
  ServeOptions options;
  CHECK(check_together(options));
  options.tls_certificate = "c.pem";
  CHECK_FALSE(check_together(options));
  options.tls_key = "k.pem";
  CHECK(check_together(options));
  options.tls_certificate.clear();
  CHECK_FALSE(check_together(options));
  options.tls_key.clear();
  options.keep = std::chrono::days(1);
  CHECK(check_together(options));
  options.store = StoreKind::memory;
  CHECK_FALSE(check_together(options));
}
