#include "clients.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <string>
#include <utility>

#include "sockchat/wire/frame.h"

namespace sockchat::bench {
namespace {

using std::chrono::seconds;

constexpr net::ConnectionLimits kLimits = {
    .turn_bytes = std::size_t{1} << 20,
    .send_queue_soft = std::size_t{16} << 20,
    .send_queue_hard = std::size_t{64} << 20,
    .send_stall = seconds(60),
    .linger = seconds(1),
};
// Fewer than the server lets wait for the checking of their passwords.
constexpr std::size_t kLoginsAtOnce = 32;
constexpr auto kLoginPatience = seconds(60);

// Of an error that says when to try again.
std::optional<seconds> retry_after(std::string_view payload) {
  constexpr std::string_view kMember = R"("retry_after":)";
  const std::size_t at = payload.find(kMember);
  if (at == std::string_view::npos) return std::nullopt;
  payload.remove_prefix(at + kMember.size());
  seconds::rep count = 0;
  if (std::from_chars(payload.data(), payload.data() + payload.size(), count).ec != std::errc()) {
    return std::nullopt;
  }
  return seconds(count);
}

}  // namespace

Clients::Clients(net::Reactor& reactor, const Protocol& protocol, net::SocketAddress server,
                 const net::TlsContext* tls)
    : reactor_(reactor), protocol_(protocol), server_(server), tls_(tls), table_(reactor, *this, kLimits) {}

Result<void> Clients::log_in(std::size_t count) {
  clients_.resize(count);
  open_some();
  const net::TimerId deadline = reactor_.schedule(reactor_.now().mono + kLoginPatience, [this] {
    give_up(fmt::format("only {} of {} clients could log in", logged_in_, clients_.size()));
  });
  reactor_.run();
  reactor_.cancel(deadline);
  if (failure_) return tl::unexpected(*failure_);
  return {};
}

Result<void> Clients::run(Duration length, OnArrival& on_arrival) {
  on_arrival_ = &on_arrival;
  reactor_.schedule(reactor_.now().mono + length, [this] { reactor_.stop(); });
  reactor_.run();
  on_arrival_ = nullptr;
  if (failure_) return tl::unexpected(*failure_);
  return {};
}

void Clients::send(std::size_t client, std::string_view frames) {
  table_.send(clients_[client].connection, frames);
}

void Clients::open_some() {
  for (; opened_ < clients_.size() && opened_ < logged_in_ + kLoginsAtOnce; ++opened_) {
    clients_[opened_].connector = std::make_unique<net::Connector>(
        reactor_, std::vector{server_}, kLoginPatience,
        [this, client = opened_](Result<net::UniqueFd> fd, const net::SocketAddress&) {
          on_connected(client, std::move(fd));
        });
  }
}

void Clients::on_connected(std::size_t client, Result<net::UniqueFd> fd) {
  if (!fd) return give_up("connect: " + fd.error().text);
  auto transport = tls_ != nullptr ? tls_->connect_transport() : nullptr;
  if (!transport) return give_up(transport.error().text);
  auto id = table_.adopt(*std::move(fd), *std::move(transport));
  if (!id) return give_up(id.error().text);
  client_of_.emplace(*id, client);
  const std::string hello = protocol_.hello();
  clients_[client].connection = *id;
  clients_[client].replies_to_login = hello.empty() ? 1 : 2;
  send(client, hello + protocol_.login(client));
  clients_[client].connector.reset();
}

std::size_t Clients::on_input(ConnectionId id, std::span<char> input) {
  const std::size_t client = client_of_.at(id);
  std::size_t consumed = 0;
  Tally tally;
  while (true) {
    const wire::FrameCut cut = wire::next_frame(input.subspan(consumed), wire::kServerFrameMax);
    if (cut.state == wire::FrameState::bad) give_up("a frame of a forbidden length");
    if (cut.state != wire::FrameState::complete) break;
    consumed += cut.consumed;
    const std::string_view payload(cut.payload.data(), cut.payload.size());
    switch (protocol_.classify(payload)) {
      case Arrival::ok:
        clients_[client].replies_to_login == 0 ? void(++tally.replies) : on_login_reply(client);
        break;
      case Arrival::event:
        ++tally.events;
        break;
      case Arrival::ping:
        send(client, protocol_.pong());
        break;
      case Arrival::refused:
        on_refused(client, payload);
        break;
    }
  }
  if (on_arrival_ != nullptr && tally.replies + tally.events > 0) (*on_arrival_)(client, tally);
  return consumed;
}

void Clients::on_login_reply(std::size_t client) {
  if (--clients_[client].replies_to_login > 0) return;
  if (++logged_in_ == clients_.size()) return reactor_.stop();
  open_some();
}

void Clients::on_refused(std::size_t client, std::string_view payload) {
  const auto wait = retry_after(payload);
  if (clients_[client].replies_to_login != 1 || !wait) return give_up("refused: " + std::string(payload));
  reactor_.schedule(reactor_.now().mono + *wait, [this, client] { send(client, protocol_.login(client)); });
}

void Clients::on_eof(ConnectionId id) {
  give_up("the server closed a connection");
  table_.close(id, CloseReason::peer_closed);
}

void Clients::on_close(ConnectionId, CloseReason reason) {
  give_up(fmt::format("a connection was lost: {}", name_of(reason)));
}

void Clients::give_up(std::string text) {
  if (!failure_) failure_ = Error{Errc::system, std::move(text)};
  reactor_.stop();
}

}  // namespace sockchat::bench
