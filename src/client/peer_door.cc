#include "client/peer_door.h"

#include <algorithm>
#include <utility>

#include "sockchat/net/acceptor.h"

namespace sockchat::client {
namespace {

constexpr std::size_t kAcceptsPerTurn = 16;

}  // namespace

std::string host_of(const net::SocketAddress& address) {
  return address.is_loopback() ? "loopback" : address.host();
}

Result<std::unique_ptr<PeerDoor>> PeerDoor::create(net::Reactor& reactor, std::uint16_t port,
                                                   Welcome welcome) {
  auto reserved = net::reserve_port(port);
  if (!reserved) return tl::unexpected(reserved.error());
  return std::unique_ptr<PeerDoor>(new PeerDoor(reactor, *std::move(reserved), std::move(welcome)));
}

PeerDoor::PeerDoor(net::Reactor& reactor, net::Listener reserved, Welcome welcome)
    : reactor_(reactor), reserved_(std::move(reserved)), welcome_(std::move(welcome)) {
  reactor_.join_turn(*this);
}

PeerDoor::~PeerDoor() {
  reactor_.leave_turn(*this);
  reactor_.cancel(timer_);
}

void PeerDoor::expect(bool somebody) {
  is_expecting_ = somebody;
  has_changed_ = true;
}

void PeerDoor::admit(const std::string& host) {
  admitted_.insert(host);
  has_changed_ = true;
}

void PeerDoor::dismiss(const std::string& host) {
  if (const auto one = admitted_.find(host); one != admitted_.end()) admitted_.erase(one);
  has_changed_ = true;
}

// Apart from the calls: whoever is welcomed may change who is expected.
void PeerDoor::revisit() {
  if (!std::exchange(has_changed_, false)) return;
  if (is_expecting_ || !admitted_.empty()) {
    if (!acceptor_) open();
    return welcome_waiting();
  }
  acceptor_.reset();
  waiting_.clear();
  reactor_.cancel(timer_);
}

// Where the port is lost to somebody else nobody gets in, and the chats go through the server.
void PeerDoor::open() {
  auto listener = net::listen_on("", port());
  if (!listener) return;
  auto acceptor = net::Acceptor::create(
      reactor_, *std::move(listener), kAcceptsPerTurn,
      {.on_accept = [this](net::UniqueFd socket,
                           const net::SocketAddress& address) { on_call(std::move(socket), address); },
       .on_trouble = [](const Error&) {}});
  if (acceptor) acceptor_ = *std::move(acceptor);
}

void PeerDoor::on_call(net::UniqueFd socket, const net::SocketAddress& address) {
  if (admitted_.contains(host_of(address))) return welcome_(std::move(socket), address);
  if (waiting_.size() == kWaitingMax) return;
  waiting_.push_back({std::move(socket), address, reactor_.now().mono + kHoldPatience});
  arm();
}

void PeerDoor::welcome_waiting() {
  std::vector<Caller> before = std::exchange(waiting_, {});
  for (Caller& caller : before) {
    if (admitted_.contains(host_of(caller.address))) {
      welcome_(std::move(caller.socket), caller.address);
    } else {
      waiting_.push_back(std::move(caller));
    }
  }
}

// They stand in the order of their coming.
void PeerDoor::turn_away_late() {
  const TimePoint now = reactor_.now().mono;
  std::erase_if(waiting_, [now](const Caller& caller) { return caller.until <= now; });
  arm();
}

void PeerDoor::arm() {
  reactor_.cancel(timer_);
  if (!waiting_.empty()) timer_ = reactor_.schedule(waiting_.front().until, [this] { turn_away_late(); });
}

}  // namespace sockchat::client
