// Two people's ends back to back, and what strangers try with one of them.
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <set>
#include <vector>

#include "sockchat/net/key_proof.h"
#include "unit/net/table_world.h"
#include "unit/net/tls_raw_end.h"

namespace sockchat::net {
namespace {

constexpr std::string_view kLabel = "EXPORTER-sockchat-test";

Secret fresh_identity() {
  auto identity = make_tls_identity();
  REQUIRE(identity);
  return *std::move(identity);
}

std::unique_ptr<TlsContext> peer_context(const Secret& identity) {
  auto context = TlsContext::for_peer(identity);
  REQUIRE(context);
  return *std::move(context);
}

// One who dials, and one who accepts.
struct PeerPair {
  Secret dialing_identity = fresh_identity();
  Secret accepting_identity = fresh_identity();
  std::unique_ptr<TlsContext> dialing_side = peer_context(dialing_identity);
  std::unique_ptr<TlsContext> accepting_side = peer_context(accepting_identity);
  End dialing{.transport = connect_with(*dialing_side), .heard = {}, .failure = {}};
  End accepting{.transport = accept_with(*accepting_side), .heard = {}, .failure = {}};

  void exchange() {
    for (int flights = 0; flights < 4; ++flights) {
      accepting.take(dialing.emit());
      dialing.take(accepting.emit());
    }
  }
  void shake_hands() {
    exchange();
    REQUIRE(dialing.transport->is_ready());
    REQUIRE(accepting.transport->is_ready());
  }
};

void offer_protocols(RawEnd& end, std::string_view list) {
  REQUIRE(SSL_CTX_set_alpn_protos(end.context.get(), reinterpret_cast<const unsigned char*>(list.data()),
                                  static_cast<unsigned>(list.size())) == 0);
}

void offer_private_protocol(RawEnd& end) { offer_protocols(end, "\x12sockchat-private/1"); }

void show_certificate(RawEnd& end, const Secret& identity) {
  const std::unique_ptr<BIO, int (*)(BIO*)> text(
      BIO_new_mem_buf(identity.reveal().data(), static_cast<int>(identity.size())), BIO_free);
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(
      PEM_read_bio_PrivateKey(text.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> certificate(
      PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr), X509_free);
  REQUIRE(SSL_CTX_use_certificate(end.context.get(), certificate.get()) == 1);
  REQUIRE(SSL_CTX_use_PrivateKey(end.context.get(), key.get()) == 1);
}

std::string pem_of(EVP_PKEY& key) {
  const std::unique_ptr<X509, void (*)(X509*)> certificate(X509_new(), X509_free);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  REQUIRE(X509_set_pubkey(certificate.get(), &key) == 1);
  REQUIRE(X509_sign(certificate.get(), &key, EVP_sha256()) > 0);
  const std::unique_ptr<BIO, int (*)(BIO*)> text(BIO_new(BIO_s_mem()), BIO_free);
  REQUIRE(PEM_write_bio_PrivateKey(text.get(), &key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  REQUIRE(PEM_write_bio_X509(text.get(), certificate.get()) == 1);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

// Key and certificate of another kind than ours.
Secret ecdsa_identity() {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  return Secret(pem_of(*key));
}

// One of ours, and a stranger who dials it.
struct Intrusion {
  Secret identity = fresh_identity();
  std::unique_ptr<TlsContext> context = peer_context(identity);
  End accepting{.transport = accept_with(*context), .heard = {}, .failure = {}};
  RawEnd stranger;

  [[nodiscard]] bool succeeds() { return stranger.shake_hands(accepting); }
  [[nodiscard]] bool is_refused() {
    return !succeeds() && !accepting.failure.empty() && !accepting.transport->is_ready() &&
           accepting.transport->peer_key().empty();
  }
  [[nodiscard]] bool has_shown_certificate() const {
    return SSL_get0_peer_certificate(stranger.ssl.get()) != nullptr;
  }
};

TEST_CASE("two people see each other's pins, and talk both ways") {
  PeerPair pair;
  CHECK(pair.dialing.transport->peer_key().empty());
  CHECK(pair.accepting.transport->peer_key().empty());
  pair.shake_hands();
  CHECK(pair.dialing.transport->peer_pin() == pair.accepting_side->pin());
  CHECK(pair.accepting.transport->peer_pin() == pair.dialing_side->pin());
  CHECK(pair.dialing_side->pin() == pin_of_certificate(pair.dialing_identity.reveal()));
  CHECK(pair.dialing_side->pin() != pair.accepting_side->pin());
  CHECK(pair.dialing.transport->peer_key().size() == 44);
  CHECK(pair.dialing.transport->peer_key() != pair.accepting.transport->peer_key());
  pair.accepting.take(pair.dialing.emit("hello"));
  pair.dialing.take(pair.accepting.emit("good day"));
  CHECK(pair.accepting.heard.view() == "hello");
  CHECK(pair.dialing.heard.view() == "good day");
}

TEST_CASE("one context serves both ends, also towards itself") {
  PeerPair pair;
  pair.accepting.transport = accept_with(*pair.dialing_side);
  pair.shake_hands();
  CHECK(pair.dialing.transport->peer_pin() == pair.dialing_side->pin());
  CHECK(pair.accepting.transport->peer_pin() == pair.dialing_side->pin());
}

TEST_CASE("a stranger with a key and our protocol gets through, so that the pin can decide") {
  Intrusion attempt;
  offer_protocols(attempt.stranger, "\x02h2\x12sockchat-private/1");
  show_certificate(attempt.stranger, fresh_identity());
  CHECK(attempt.succeeds());
  CHECK(attempt.accepting.transport->peer_pin().size() == 64);
}

TEST_CASE("one who shows no certificate is refused") {
  Intrusion attempt;
  offer_private_protocol(attempt.stranger);
  CHECK(attempt.is_refused());
}

TEST_CASE("one who does not speak our protocol is refused, and does not learn who answers") {
  Intrusion silent;
  show_certificate(silent.stranger, fresh_identity());
  CHECK(silent.is_refused());
  CHECK_FALSE(silent.has_shown_certificate());
  for (const std::string_view list : {"\x02h2", "\x12sockchat-private/2", "\x11sockchat-private/",
                                      "\x13sockchat-private/1 ", "\x02h2\x12SOCKCHAT-PRIVATE/1"}) {
    Intrusion other;
    CAPTURE(list);
    show_certificate(other.stranger, fresh_identity());
    offer_protocols(other.stranger, list);
    CHECK(other.is_refused());
    CHECK_FALSE(other.has_shown_certificate());
  }
}

TEST_CASE("people speak TLS 1.3, and no version before it") {
  for (const int version : {TLS1_2_VERSION, TLS1_1_VERSION}) {
    Intrusion attempt;
    offer_private_protocol(attempt.stranger);
    show_certificate(attempt.stranger, fresh_identity());
    SSL_CTX_set_security_level(attempt.stranger.context.get(), 0);
    REQUIRE(SSL_CTX_set_min_proto_version(attempt.stranger.context.get(), version) == 1);
    REQUIRE(SSL_CTX_set_max_proto_version(attempt.stranger.context.get(), version) == 1);
    CHECK(attempt.is_refused());
  }
}

TEST_CASE("a person's key is an Ed25519 one, on either end") {
  Intrusion attempt;
  offer_private_protocol(attempt.stranger);
  show_certificate(attempt.stranger, ecdsa_identity());
  CHECK(attempt.is_refused());
  const auto own = TlsContext::for_peer(ecdsa_identity());
  REQUIRE_FALSE(own);
  CHECK(own.error() == Error{Errc::bad_argument, "the key is not an Ed25519 one"});
  const auto none = TlsContext::for_peer(Secret("no identity"));
  REQUIRE_FALSE(none);
  CHECK(none.error().code == Errc::bad_argument);
}

// One of ours who dials a stranger.
struct Lure {
  std::unique_ptr<TlsContext> context = peer_context(fresh_identity());
  End dialing{.transport = connect_with(*context), .heard = {}, .failure = {}};
  RawEnd stranger;

  // It takes everybody.
  explicit Lure(const Secret& identity) {
    show_certificate(stranger, identity);
    SSL_CTX_set_cert_verify_callback(
        stranger.context.get(), [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
    SSL_CTX_set_verify(stranger.context.get(), SSL_VERIFY_PEER, nullptr);
  }
  void select(SSL_CTX_alpn_select_cb_func choose) {
    SSL_CTX_set_alpn_select_cb(stranger.context.get(), choose, nullptr);
  }
  [[nodiscard]] bool is_refused() {
    return !stranger.serve(dialing) && !dialing.failure.empty() && !dialing.transport->is_ready();
  }
};

int select_first(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                 unsigned, void*) {
  *chosen = offered + 1;
  *size = offered[0];
  return SSL_TLSEXT_ERR_OK;
}

int select_other(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char*, unsigned,
                 void*) {
  static constexpr unsigned char kOther[] = {'h', '2'};
  *chosen = kOther;
  *size = sizeof kOther;
  return SSL_TLSEXT_ERR_OK;
}

TEST_CASE("who dials refuses one who did not choose our protocol, and does not say who it is") {
  Lure silent(fresh_identity());
  CHECK(silent.is_refused());
  CHECK(SSL_get0_peer_certificate(silent.stranger.ssl.get()) == nullptr);
  Lure other(fresh_identity());
  other.select(select_other);
  CHECK(other.is_refused());
  Lure ecdsa(ecdsa_identity());
  ecdsa.select(select_first);
  CHECK(ecdsa.is_refused());
  Lure right(fresh_identity());
  right.select(select_first);
  CHECK(right.stranger.serve(right.dialing));
  CHECK(SSL_get0_peer_certificate(right.stranger.ssl.get()) != nullptr);
}

TEST_CASE("a server of the other kind, and its client, are no people") {
  PeerPair towards_server;
  const auto server = server_context();
  towards_server.accepting.transport = accept_with(*server);
  towards_server.exchange();
  CHECK_FALSE(towards_server.dialing.transport->is_ready());
  CHECK_FALSE(towards_server.dialing.failure.empty());
  PeerPair from_client;
  const auto client = client_context();
  from_client.dialing.transport = connect_with(*client);
  from_client.exchange();
  CHECK_FALSE(from_client.accepting.transport->is_ready());
  CHECK_FALSE(from_client.accepting.failure.empty());
}

TEST_CASE("no session of people can be taken up again") {
  Intrusion attempt;
  offer_private_protocol(attempt.stranger);
  show_certificate(attempt.stranger, fresh_identity());
  REQUIRE(attempt.succeeds());
  char byte = 0;
  CHECK(SSL_read(attempt.stranger.ssl.get(), &byte, 1) <= 0);
  CHECK(SSL_SESSION_is_resumable(SSL_get_session(attempt.stranger.ssl.get())) == 0);
  CHECK(SSL_SESSION_get_max_early_data(SSL_get_session(attempt.stranger.ssl.get())) == 0);
}

TEST_CASE("what one has recorded of a conversation does not open another") {
  PeerPair pair;
  std::vector<std::string> said;
  for (int flights = 0; flights < 4; ++flights) {
    said.push_back(pair.dialing.emit());
    pair.accepting.take(said.back());
    pair.dialing.take(pair.accepting.emit());
  }
  REQUIRE(pair.accepting.transport->is_ready());
  said.push_back(pair.dialing.emit("pay the bearer"));
  pair.accepting.take(said.back());
  REQUIRE(pair.accepting.heard.view() == "pay the bearer");

  std::string all;
  for (const std::string& flight : said) all += flight;
  End in_flights{.transport = accept_with(*pair.accepting_side), .heard = {}, .failure = {}};
  for (const std::string& flight : said) {
    in_flights.take(flight);
    in_flights.emit();
  }
  End at_once{.transport = accept_with(*pair.accepting_side), .heard = {}, .failure = {}};
  at_once.take(all);
  for (const End* end : {&in_flights, &at_once}) {
    CHECK_FALSE(end->failure.empty());
    CHECK_FALSE(end->transport->is_ready());
    CHECK(end->heard.empty());
    CHECK(end->transport->peer_key().empty());
    CHECK(end->transport->export_secret(kLabel).empty());
  }
}

TEST_CASE("both ends export the same secret, and no other conversation has it") {
  PeerPair pair;
  CHECK(pair.dialing.transport->export_secret(kLabel).empty());
  CHECK(pair.accepting.transport->export_secret(kLabel).empty());
  std::set<std::string> secrets;
  for (int conversation = 0; conversation < 20; ++conversation) {
    pair.dialing.transport = connect_with(*pair.dialing_side);
    pair.accepting.transport = accept_with(*pair.accepting_side);
    pair.shake_hands();
    const std::string secret = pair.dialing.transport->export_secret(kLabel);
    CHECK(secret.size() == 32);
    CHECK(secret == pair.accepting.transport->export_secret(kLabel));
    CHECK(secret != pair.dialing.transport->export_secret("EXPORTER-sockchat-other"));
    CHECK(secrets.insert(secret).second);
  }
  // Nothing is to be had from a conversation that has failed.
  pair.accepting.take("this is no record");
  CHECK(pair.accepting.transport->export_secret(kLabel).empty());
  CHECK(pair.accepting.transport->peer_key().empty());
}

TEST_CASE("what one signs the other verifies by the key that it has seen") {
  PeerPair pair;
  pair.shake_hands();
  const std::string message = pair.dialing.transport->export_secret(kLabel) + "alice" + "bob";
  const auto signature = sign_with_identity(pair.dialing_identity, message);
  REQUIRE(signature);
  CHECK(signature->size() == 128);
  const std::string key = pair.accepting.transport->peer_key();
  CHECK(is_signed_by_peer(key, message, *signature));
  CHECK_FALSE(is_signed_by_peer(key, message + " ", *signature));
  CHECK_FALSE(is_signed_by_peer(key, "", *signature));
  CHECK_FALSE(is_signed_by_peer(pair.dialing.transport->peer_key(), message, *signature));
  for (std::size_t at = 0; at < signature->size(); ++at) {
    std::string changed = *signature;
    changed[at] = changed[at] == '0' ? '1' : '0';
    CAPTURE(at);
    CHECK_FALSE(is_signed_by_peer(key, message, changed));
  }
}

TEST_CASE("whatever is no signature, or no Ed25519 key, verifies nothing") {
  PeerPair pair;
  pair.shake_hands();
  const auto signature = sign_with_identity(pair.dialing_identity, "");
  REQUIRE(signature);
  const std::string key = pair.accepting.transport->peer_key();
  REQUIRE(is_signed_by_peer(key, "", *signature));
  CHECK_FALSE(is_signed_by_peer(key, "", ""));
  CHECK_FALSE(is_signed_by_peer(key, "", signature->substr(1)));
  CHECK_FALSE(is_signed_by_peer(key, "", *signature + "0"));
  CHECK_FALSE(is_signed_by_peer(key, "", std::string(128, 'g')));
  CHECK_FALSE(is_signed_by_peer(key, "", std::string(128, '0')));
  CHECK_FALSE(is_signed_by_peer("", "", *signature));
  CHECK_FALSE(is_signed_by_peer(key + '\0', "", *signature));
  CHECK_FALSE(is_signed_by_peer(key.substr(0, key.size() - 1), "", *signature));
  const auto other_kind = sign_with_identity(ecdsa_identity(), "");
  REQUIRE_FALSE(other_kind);
  CHECK(other_kind.error() == Error{Errc::bad_argument, "the key is not an Ed25519 one"});
  CHECK_FALSE(sign_with_identity(Secret("no identity"), ""));
}

TEST_CASE("whoever is told of a secured connection may ask its transport, until it is gone") {
  TableWorld world;
  const auto dialing_side = peer_context(fresh_identity());
  const auto accepting_side = peer_context(fresh_identity());
  auto [near, far] = tcp_pair();
  const auto dialed = world.table.adopt(std::move(near), connect_with(*dialing_side));
  const auto taken = world.table.adopt(std::move(far), accept_with(*accepting_side));
  const Peer clear = world.connect();
  REQUIRE(dialed);
  REQUIRE(taken);
  std::set<std::string> secrets;
  world.at_secured = [&](ConnectionId id) {
    const Transport* const transport = world.table.transport_of(id);
    REQUIRE(transport != nullptr);
    CHECK(transport->peer_pin() == world.secured[id]);
    CHECK_FALSE(transport->peer_key().empty());
    secrets.insert(transport->export_secret(kLabel));
  };
  REQUIRE(world.run([&] { return world.secured.size() == 2; }));
  CHECK(secrets.size() == 1);
  CHECK(world.secured[*dialed] == accepting_side->pin());
  CHECK(world.secured[*taken] == dialing_side->pin());
  CHECK(world.table.transport_of(clear.id) == nullptr);
  world.table.close(*dialed, CloseReason::user_quit);
  CHECK(world.table.transport_of(*dialed) == nullptr);
  CHECK(world.table.transport_of(ConnectionId()) == nullptr);
}

}  // namespace
}  // namespace sockchat::net
