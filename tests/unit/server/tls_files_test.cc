#include "server/tls_files.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "sockchat/net/tls_identity.h"
#include "support/temporary_directory.h"
#include "support/text_file.h"

namespace {

using namespace sockchat;
using namespace sockchat::server;

using test::content;
using test::write;

struct Place {
  test::TemporaryDirectory directory;
  ServeOptions options;

  Place() { options.data_directory = directory.path(); }
  [[nodiscard]] std::string path(std::string_view name) const {
    return options.data_directory + "/" + std::string(name);
  }
  std::string pin() const {
    const auto loaded = load_tls(options);
    REQUIRE(loaded);
    return (*loaded)->pin();
  }
  std::string failure() const {
    const auto loaded = load_tls(options);
    REQUIRE_FALSE(loaded);
    return loaded.error().text;
  }
};

}  // namespace

TEST_CASE("an identity is made once, for its owner alone, and is the same ever after") {
  const Place place;
  const std::string pin = place.pin();
  CHECK(place.pin() == pin);
  struct stat about {};
  REQUIRE(::stat(place.path(kIdentityFile).c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
  CHECK_FALSE(std::filesystem::exists(place.path("identity.pem.new")));
  CHECK(exposed_key(place.options).empty());
  const auto identity = read_identity(place.options.data_directory);
  REQUIRE(identity);
  CHECK(net::pin_of_certificate(identity->reveal()) == pin);
}

TEST_CASE("what a crash has left of an identity is replaced") {
  const Place place;
  write(place.path("identity.pem.new"), "half of");
  const std::string pin = place.pin();
  CHECK(place.pin() == pin);
}

TEST_CASE("a damaged identity stops the start, at every place, and is never replaced") {
  const Place place;
  REQUIRE_FALSE(place.pin().empty());
  const std::string whole = content(place.path(kIdentityFile));
  for (std::size_t size = 0; size < whole.size() - 1; size += 7) {
    write(place.path(kIdentityFile), whole.substr(0, size));
    CAPTURE(size);
    CHECK(place.failure().starts_with(place.path(kIdentityFile) + " is damaged: "));
    CHECK(content(place.path(kIdentityFile)) == whole.substr(0, size));
  }
}

TEST_CASE("an identity that others may read is told") {
  const Place place;
  REQUIRE_FALSE(place.pin().empty());
  REQUIRE(::chmod(place.path(kIdentityFile).c_str(), 0644) == 0);
  CHECK(exposed_key(place.options) == place.path(kIdentityFile));
}

TEST_CASE("nothing is kept with --store memory") {
  Place place;
  place.options.store = StoreKind::memory;
  CHECK(place.pin() != place.pin());
  CHECK_FALSE(std::filesystem::exists(place.path(kIdentityFile)));
  CHECK(exposed_key(place.options).empty());
}

TEST_CASE("given files are used, and the own identity is not made") {
  Place place;
  const auto given = net::make_tls_identity();
  REQUIRE(given);
  write(place.path("cert.pem"), given->reveal());
  write(place.path("key.pem"), given->reveal());
  place.options.tls_certificate = place.path("cert.pem");
  place.options.tls_key = place.path("key.pem");
  CHECK(place.pin() == net::pin_of_certificate(given->reveal()));
  CHECK_FALSE(std::filesystem::exists(place.path(kIdentityFile)));
  REQUIRE(::chmod(place.options.tls_key.c_str(), 0604) == 0);
  CHECK(exposed_key(place.options) == place.options.tls_key);
}

TEST_CASE("given files that cannot be used are told by name") {
  Place place;
  place.options.tls_certificate = place.path("cert.pem");
  place.options.tls_key = place.path("key.pem");
  CHECK(place.failure() == "cannot read " + place.path("cert.pem") + ": No such file or directory");
  const auto one = net::make_tls_identity();
  const auto other = net::make_tls_identity();
  write(place.path("cert.pem"), one->reveal());
  write(place.path("key.pem"), other->reveal());
  const std::string both = place.path("cert.pem") + " and " + place.path("key.pem");
  CHECK(place.failure().starts_with(both + ": the key is not the certificate's"));
  write(place.path("key.pem"), std::string(100'000, 'x'));
  CHECK(place.failure() == "cannot read " + place.path("key.pem") + ": File too large");
  place.options.tls_key = place.options.data_directory;
  CHECK(place.failure() == "cannot read " + place.options.data_directory + ": it is no file");
}

TEST_CASE("a data directory in which nothing can be made is told") {
  Place place;
  place.options.data_directory = "/proc/self";
  CHECK(place.failure().starts_with("cannot make /proc/self/identity.pem.new: "));
}

TEST_CASE("a directory without an identity has none to read") {
  const Place place;
  const auto identity = read_identity(place.options.data_directory);
  REQUIRE_FALSE(identity);
  CHECK(identity.error().text == "cannot read " + place.path(kIdentityFile) + ": No such file or directory");
}

TEST_CASE("an invitation names the address, or this machine") {
  CHECK(invitation("192.0.2.1", 4000, "3f9a") == "192.0.2.1:4000#3f9a");
  CHECK(invitation("::1", 4000, "3f9a") == "[::1]:4000#3f9a");
  const std::string own = invitation("", 4000, "3f9a");
  CHECK(own.ends_with(":4000#3f9a"));
  CHECK_FALSE(own.starts_with(":"));
}
