#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "client/client.h"
#include "client/stream_console.h"
#include "sockchat/net/tls_identity.h"
#include "sockchat/wire/frame.h"
#include "support/temporary_directory.h"

namespace sockchat::client {
namespace {

using client_core::ExitCode;
using client_core::KeyPin;
using client_core::TrustPolicy;
using Clock = std::chrono::steady_clock;

std::unique_ptr<net::TlsContext> new_identity() {
  const auto identity = net::make_tls_identity();
  REQUIRE(identity);
  auto context = net::TlsContext::for_server(identity->reveal(), *identity);
  REQUIRE(context);
  return *std::move(context);
}

KeyPin pin_of(const net::TlsContext& context) { return KeyPin::parse(context.pin()).value(); }

constexpr std::string_view kHello = R"({"command":"hello","data":["ack","presence","resume"],"id":1})";

// A client whose user has given name and password, and a server that hears what gets through its TLS: on one
// thread.
class Secured final : private net::ConnectionObserver {
 public:
  Secured() : key(new_identity()) {
    auto created = net::Reactor::create();
    REQUIRE(created);
    reactor_ = *std::move(created);
    net::ConnectionObserver& observer = *this;
    table_ =
        std::make_unique<net::ConnectionTable>(*reactor_, observer,
                                               net::ConnectionLimits{.turn_bytes = 65536,
                                                                     .send_queue_soft = 65536,
                                                                     .send_queue_hard = 1 << 20,
                                                                     .send_stall = std::chrono::seconds(10),
                                                                     .linger = std::chrono::seconds(1)});
    auto listening = net::listen_on("127.0.0.1", 0);
    REQUIRE(listening);
    listener_ = *std::move(listening);
    output_ = pipe(client_output_);
    errors_ = pipe(client_errors_);
    std::array<int, 2> ends;
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    client_input_.reset(ends[0]);
    input_.reset(ends[1]);
  }

  void start(TrustPolicy policy = {}, client_core::Format format = client_core::Format::lines) {
    console_ = std::make_unique<StreamConsole>(*reactor_, client_input_.get(), client_output_.get(),
                                               client_errors_.get(), StreamConsole::Prompts::shown);
    client_core::ClientConfig config{.server = "localhost:4000", .format = format};
    config.user = "hans";
    config.password = Secret("falcon");
    policy.server = config.server;
    auto tls = net::TlsContext::for_client();
    REQUIRE(tls);
    client_ = std::make_unique<Client>(
        *reactor_, *console_, std::move(config), std::vector{listener_.address},
        Encryption{*std::move(tls), ServerGate(std::move(policy), kName, KnownServers(folder.path()))});
  }

  void until(const std::function<bool()>& condition) {
    const auto deadline = Clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      REQUIRE(Clock::now() < deadline);
      reactor_->run_once(reactor_->now().mono + std::chrono::milliseconds(5));
    }
  }
  net::UniqueFd accept() {
    net::UniqueFd socket;
    until([&] {
      socket.reset(::accept4(listener_.fd.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      return socket.get() >= 0;
    });
    return socket;
  }
  void accept_with(const net::TlsContext& context) {
    net::UniqueFd socket = accept();
    auto transport = context.accept_transport();
    REQUIRE(transport);
    auto adopted = table_->adopt(std::move(socket), *std::move(transport));
    REQUIRE(adopted);
    connection_ = *adopted;
  }
  std::string next() {
    wire::FrameCut cut;
    until([&] {
      cut = wire::next_frame(heard, wire::kServerFrameMax);
      return cut.state == wire::FrameState::complete;
    });
    std::string json(cut.payload.data(), cut.payload.size());
    heard.erase(0, cut.consumed);
    return json;
  }
  void serve(std::string_view json) {
    std::string frame;
    for (int shift = 24; shift >= 0; shift -= 8) frame += static_cast<char>(json.size() >> shift & 0xFF);
    table_->send(connection_, frame.append(json));
  }
  void log_in() {
    accept_with(*key);
    CHECK(next() == kHello);
    serve(R"({"status":"ok","command":"hello","id":1,"data":[]})");
    CHECK(next() == R"({"command":"login","data":["hans","falcon"],"id":2})");
    serve(
        R"({"status":"ok","command":"login","id":2,"data":["hans"],"last_login":null,"failed":0,"waiting":0,"token":"t1"})");
    until([&] { return (seen += read_from(output_)).ends_with("application ever!\n"); });
  }
  void hang_up() { table_->close(connection_, CloseReason::kicked); }
  ExitCode ends() {
    until([this] { return client_->exit_code().has_value(); });
    // What was under way to the server arrives.
    for (int turn = 0; turn < 20; ++turn) reactor_->run_once();
    return *client_->exit_code();
  }
  std::string printed() { return read_from(output_); }
  std::string complained() { return read_from(errors_); }
  void complains(std::string_view text) {
    std::string all;
    until([&] { return (all += complained()).size() >= text.size(); });
    CHECK(all == text);
  }
  void interrupt() { client_->interrupt(); }
  bool is_remembered() { return KnownServers(folder.path()).find(kName).value() == pin_of(*key); }
  void turns(int count) {
    for (int turn = 0; turn < count; ++turn) reactor_->run_once();
  }

  static constexpr const char* kName = "localhost:4000";
  test::TemporaryDirectory folder;
  std::unique_ptr<net::TlsContext> key;
  std::string heard;  // by the server, out of TLS
  std::string seen;

 private:
  std::size_t on_input(ConnectionId, std::span<char> input) override {
    heard.append(input.data(), input.size());
    return input.size();
  }
  void on_eof(ConnectionId id) override { table_->close(id, CloseReason::peer_closed); }
  void on_written(ConnectionId, std::uint64_t) override {}
  void on_close(ConnectionId, CloseReason) override {}

  static net::UniqueFd pipe(net::UniqueFd& writing) {
    std::array<int, 2> ends;
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    writing.reset(ends[1]);
    return net::UniqueFd(ends[0]);
  }
  static std::string read_from(const net::UniqueFd& fd) {
    std::string all;
    std::array<char, 4096> bytes;
    pollfd query{fd.get(), POLLIN, 0};
    while (::poll(&query, 1, 0) == 1) {
      const ssize_t got = ::read(fd.get(), bytes.data(), bytes.size());
      if (got <= 0) break;
      all.append(bytes.data(), static_cast<std::size_t>(got));
    }
    return all;
  }

  std::unique_ptr<net::Reactor> reactor_;
  std::unique_ptr<net::ConnectionTable> table_;
  ConnectionId connection_;
  net::Listener listener_;
  net::UniqueFd output_;
  net::UniqueFd client_output_;
  net::UniqueFd errors_;
  net::UniqueFd client_errors_;
  net::UniqueFd input_;
  net::UniqueFd client_input_;
  std::unique_ptr<StreamConsole> console_;
  std::unique_ptr<Client> client_;
};

const std::string kChanged =
    "Error. The key of localhost:4000 has changed. If that is expected: sockchat forget-server "
    "localhost:4000\n";

TEST_CASE("a server of this machine is trusted at first contact, with a notice beside the conversation") {
  Secured stage;
  stage.start();
  stage.log_in();
  stage.complains("Trusting localhost:4000, key " + stage.key->pin() + "\n");
  CHECK(stage.seen == "Welcome to the greatest messaging application ever!\n");
  CHECK(stage.is_remembered());
}

TEST_CASE("a program is told of the trust as an object") {
  Secured stage;
  stage.start({}, client_core::Format::json);
  stage.accept_with(*stage.key);
  CHECK(stage.next() == kHello);
  CHECK(stage.printed() ==
        fmt::format("{{\"client\":\"notice\",\"text\":\"Trusting localhost:4000, key {}\"}}\n"
                    "{{\"client\":\"connected\",\"server\":\"localhost:4000\"}}\n",
                    stage.key->pin()));
  CHECK(stage.complained().empty());
}

TEST_CASE("a server with another key than the known one hears nothing, and the client ends") {
  Secured stage;
  const auto before = new_identity();
  REQUIRE(KnownServers(stage.folder.path()).remember(Secured::kName, pin_of(*before)));
  stage.start({.server = {}, .accept_new = true});
  stage.accept_with(*stage.key);
  CHECK(stage.ends() == ExitCode::unreachable);
  CHECK(stage.complained() == kChanged);
  CHECK(stage.heard.empty());
  CHECK(stage.printed().empty());
  CHECK_FALSE(stage.is_remembered());
}

TEST_CASE("a server without the given key hears nothing") {
  Secured stage;
  stage.start({.server = {}, .pin = pin_of(*new_identity())});
  stage.accept_with(*stage.key);
  CHECK(stage.ends() == ExitCode::unreachable);
  CHECK(stage.complained() ==
        "Error. The key of localhost:4000 is not the one that was given, but " + stage.key->pin() + "\n");
  CHECK(stage.heard.empty());
}

TEST_CASE("the given key needs no notice") {
  Secured stage;
  stage.start({.server = {}, .pin = pin_of(*stage.key)});
  stage.log_in();
  CHECK(stage.complained().empty());
  CHECK(stage.is_remembered());
}

TEST_CASE("who is there after a lost connection must be who was there before") {
  Secured stage;
  stage.start();
  stage.log_in();
  stage.complained();
  stage.hang_up();
  stage.accept_with(*stage.key);
  CHECK(stage.next().starts_with(R"({"command":"hello")"));
  stage.heard.clear();
  stage.hang_up();
  const auto other = new_identity();
  stage.accept_with(*other);
  CHECK(stage.ends() == ExitCode::unreachable);
  CHECK(stage.complained() == kChanged);
  CHECK(stage.heard.empty());
}

TEST_CASE("a handshake that breaks off is not the end of a client that was connected") {
  Secured stage;
  stage.start();
  stage.log_in();
  stage.hang_up();
  stage.accept().reset();
  stage.accept_with(*stage.key);
  CHECK(stage.next().starts_with(R"({"command":"hello")"));
}

TEST_CASE("at the first contact it is the end, and nothing is said in the clear") {
  Secured stage;
  stage.start();
  stage.accept().reset();
  CHECK(stage.ends() == ExitCode::unreachable);
  const std::string complaint = stage.complained();
  CHECK(complaint.starts_with("Error. Cannot connect to localhost:4000: "));
}

TEST_CASE("a server that speaks something else is told so, and gets a ClientHello and no more") {
  Secured stage;
  stage.start();
  net::UniqueFd socket = stage.accept();
  constexpr std::string_view kBanner = "220 mail.example ESMTP ready\r\n";
  REQUIRE(::write(socket.get(), kBanner.data(), kBanner.size()) > 0);
  std::string got;
  std::array<char, 4096> bytes;
  stage.until([&] {
    const ssize_t size = ::read(socket.get(), bytes.data(), bytes.size());
    if (size > 0) got.append(bytes.data(), static_cast<std::size_t>(size));
    if (size == 0) socket.reset();
    return size == 0;
  });
  CHECK(stage.ends() == ExitCode::unreachable);
  CHECK(stage.complained() == "Error. Cannot connect to localhost:4000: it does not speak TLS 1.3\n");
  CHECK(got.starts_with("\x16\x03\x01"));
  CHECK(got.find("falcon") == std::string::npos);
  CHECK(got.find("hello") == std::string::npos);
}

TEST_CASE("an interrupt in the middle of the handshake ends at once") {
  Secured stage;
  stage.start();
  const net::UniqueFd socket = stage.accept();
  stage.turns(5);
  stage.interrupt();
  CHECK(stage.ends() == ExitCode::done);
}

}  // namespace
}  // namespace sockchat::client
