// What an OpenSSL of any make may try with our end of a connection.
#include <chrono>

#include "unit/net/tls_raw_end.h"

namespace sockchat::net {
namespace {

using namespace std::chrono_literals;

struct Attempt {
  std::unique_ptr<TlsContext> context = server_context();
  End server{.transport = accept_with(*context), .heard = {}, .failure = {}};
  RawEnd client;
};

TEST_CASE("TLS 1.3 is spoken, and no other version") {
  Attempt modern;
  CHECK(modern.client.shake_hands(modern.server));
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION}) {
    Attempt attempt;
    SSL_CTX_set_security_level(attempt.client.context.get(), 0);
    REQUIRE(SSL_CTX_set_min_proto_version(attempt.client.context.get(), version) == 1);
    REQUIRE(SSL_CTX_set_max_proto_version(attempt.client.context.get(), version) == 1);
    CHECK_FALSE(attempt.client.shake_hands(attempt.server));
    CHECK_FALSE(attempt.server.failure.empty());
  }
}

TEST_CASE("each of our cipher suites is taken alone, and no other") {
  for (const char* suite :
       {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}) {
    Attempt attempt;
    REQUIRE(SSL_CTX_set_ciphersuites(attempt.client.context.get(), suite) == 1);
    CHECK(attempt.client.shake_hands(attempt.server));
  }
  Attempt attempt;
  REQUIRE(SSL_CTX_set_ciphersuites(attempt.client.context.get(), "TLS_AES_128_CCM_SHA256") == 1);
  CHECK_FALSE(attempt.client.shake_hands(attempt.server));
}

TEST_CASE("a server gives no ticket, and no session to take up again") {
  Attempt attempt;
  REQUIRE(attempt.client.shake_hands(attempt.server));
  char byte = 0;
  CHECK(SSL_read(attempt.client.ssl.get(), &byte, 1) <= 0);
  CHECK(SSL_SESSION_is_resumable(SSL_get_session(attempt.client.ssl.get())) == 0);
  CHECK(SSL_SESSION_get_max_early_data(SSL_get_session(attempt.client.ssl.get())) == 0);
}

void update_keys(Attempt& attempt, int times, TimePoint now) {
  for (int count = 0; count < times; ++count) {
    REQUIRE(SSL_key_update(attempt.client.ssl.get(), SSL_KEY_UPDATE_REQUESTED) == 1);
    REQUIRE(SSL_do_handshake(attempt.client.ssl.get()) == 1);
  }
  attempt.server.take(attempt.client.wire(), now);
}

TEST_CASE("sixteen new keys a minute are a matter of course, the next one is the end") {
  Attempt attempt;
  REQUIRE(attempt.client.shake_hands(attempt.server));
  const TimePoint begin{1h};
  update_keys(attempt, 16, begin);
  CHECK(attempt.server.failure.empty());
  attempt.client.hear(attempt.server.emit("still here"));
  char heard[32];
  CHECK(SSL_read(attempt.client.ssl.get(), heard, sizeof heard) == 10);
  update_keys(attempt, 16, begin + 61s);
  CHECK(attempt.server.failure.empty());
  update_keys(attempt, 1, begin + 62s);
  CHECK_FALSE(attempt.server.failure.empty());
}

TEST_CASE("a flood of new keys in one read is cut at the seventeenth, whatever comes behind it") {
  Attempt attempt;
  REQUIRE(attempt.client.shake_hands(attempt.server));
  for (int count = 0; count < 1000; ++count) {
    REQUIRE(SSL_key_update(attempt.client.ssl.get(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1);
    REQUIRE(SSL_do_handshake(attempt.client.ssl.get()) == 1);
  }
  REQUIRE(SSL_write(attempt.client.ssl.get(), "too late", 8) == 8);
  attempt.server.take(attempt.client.wire(), TimePoint{1h});
  CHECK_FALSE(attempt.server.failure.empty());
  CHECK(attempt.server.heard.empty());
}

TEST_CASE("empty records are taken, and do not go on for ever") {
  Attempt attempt;
  REQUIRE(attempt.client.shake_hands(attempt.server));
  REQUIRE(SSL_write(attempt.client.ssl.get(), "x", 1) == 1);
  attempt.server.take(attempt.client.wire());
  CHECK(attempt.server.heard.view() == "x");
  // A record of another type than data, in its place: what its padding hides is decrypted, and refused.
  std::string flood;
  for (int count = 0; count < 10'000; ++count) flood += std::string("\x17\x03\x03\x00\x00", 5);
  attempt.server.take(flood);
  CHECK_FALSE(attempt.server.failure.empty());
}

}  // namespace
}  // namespace sockchat::net
