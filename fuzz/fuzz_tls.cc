// The boundary of TLS: two ends, and between them somebody who cuts, turns, swaps, repeats, drops and invents
// bytes, before, during and after the handshake. Whatever he does, an end hears a beginning of what the other
// one said, and nothing else; a client that is ready knows the key of the server that it speaks with. Input:
// what to do, a byte, and its arguments, again and again. (Keys are random, so a finding may need several
// runs of its input.)
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "fuzz_input.h"
#include "sockchat/net/tls_context.h"
#include "sockchat/net/tls_identity.h"

namespace sockchat {
namespace {

constexpr int kStepsMax = 100;
constexpr std::size_t kWireMax = std::size_t{1} << 20;

struct Contexts {
  std::unique_ptr<net::TlsContext> server;
  std::unique_ptr<net::TlsContext> client;
};

// A key is made once: it costs more than a run.
const Contexts& contexts() {
  static const Contexts kMade = [] {
    const auto identity = net::make_tls_identity();
    SOCKCHAT_CHECK(identity.has_value());
    auto server = net::TlsContext::for_server(identity->reveal(), *identity);
    auto client = net::TlsContext::for_client();
    SOCKCHAT_CHECK(server && client);
    return Contexts{*std::move(server), *std::move(client)};
  }();
  return kMade;
}

struct End {
  std::unique_ptr<net::Transport> transport;
  ByteBuffer heard = {};
  std::string said = {};
  std::string wire = {};  // on its way to the other end
  bool has_failed = false;
  bool has_finished = false;
};

class Tampering final {
 public:
  explicit Tampering(std::string_view input)
      : rest_(input),
        client_{.transport = *contexts().client->connect_transport()},
        server_{.transport = *contexts().server->accept_transport()} {}

  void play() {
    for (int steps = 0; steps < kStepsMax && !rest_.empty(); ++steps) {
      const std::uint8_t what = fuzz::take_byte(rest_);
      End& from = (what & 128) != 0 ? server_ : client_;
      act(what % 12, from, &from == &client_ ? server_ : client_);
      SOCKCHAT_CHECK(server_.said.starts_with(client_.heard.view()));
      SOCKCHAT_CHECK(client_.said.starts_with(server_.heard.view()));
      if (client_.transport->is_ready())
        SOCKCHAT_CHECK(client_.transport->peer_pin() == contexts().server->pin());
    }
  }

 private:
  void act(int what, End& from, End& to) {
    std::string& wire = from.wire;
    const std::size_t at = wire.empty() ? 0 : place() % wire.size();
    switch (what) {
      case 0:
      case 1:
        return carry(from, to, wire.size());
      case 2:
        return carry(from, to, at);
      case 3:
        return shake_hands();
      case 4:
        return say(from);
      case 5:
        if (!wire.empty()) wire[at] = static_cast<char>(wire[at] ^ 1 << fuzz::take_byte(rest_) % 8);
        return;
      case 6:
        wire.erase(at, 1 + fuzz::take_byte(rest_));
        return;
      case 7:
        wire.insert(at, wire.substr(0, place()));
        return;
      case 8:
        std::rotate(wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(at), wire.end());
        return;
      case 9:
        wire.insert(at, take_some());
        return;
      case 10:  // sent back to whom it came from
        to.wire.insert(to.wire.size(), std::exchange(wire, {}));
        return;
      default:
        return finish(from);
    }
  }

  std::size_t place() { return fuzz::take_byte(rest_) * std::size_t{256} + fuzz::take_byte(rest_); }

  std::string take_some() {
    const std::size_t size = std::min<std::size_t>(fuzz::take_byte(rest_), rest_.size());
    std::string some(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return some;
  }

  void collect(End& from, std::string_view plaintext) {
    if (from.wire.size() > kWireMax) return;
    ByteBuffer out;
    const bool is_said = from.transport->emit(plaintext, out).has_value();
    from.wire += out.view();
    if (is_said) from.said += plaintext;
  }

  void say(End& from) {
    if (from.has_finished || !from.transport->is_ready()) return;
    std::string text = take_some();
    if (fuzz::take_byte(rest_) > 200) text.resize(40'000, 'x');
    collect(from, text);
  }

  void finish(End& from) {
    if (std::exchange(from.has_finished, true)) return;
    ByteBuffer out;
    from.transport->finish(out);
    from.wire += out.view();
  }

  void carry(End& from, End& to, std::size_t size) {
    if (!from.has_finished) collect(from, {});
    size = std::min(size, from.wire.size());
    const std::string bytes = from.wire.substr(0, size);
    from.wire.erase(0, size);
    if (to.has_finished) return;
    const bool is_good = to.transport->ingest(bytes, TimePoint(), to.heard).has_value();
    // What has failed stays so.
    SOCKCHAT_CHECK(!to.has_failed || !is_good || bytes.empty() || to.transport->has_ended());
    to.has_failed = to.has_failed || !is_good;
    SOCKCHAT_CHECK(!to.has_failed || !to.transport->is_ready());
  }

  void shake_hands() {
    for (int flights = 0; flights < 3; ++flights) {
      carry(client_, server_, client_.wire.size() + kWireMax);
      carry(server_, client_, server_.wire.size() + kWireMax);
    }
  }

  std::string_view rest_;
  End client_;
  End server_;
};

}  // namespace
}  // namespace sockchat

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sockchat::Tampering(sockchat::fuzz::text_of(data, size)).play();
  return 0;
}
