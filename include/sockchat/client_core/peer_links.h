// The connections of private chats: to each peer that the server has introduced, straight or through the
// server. A port: the program keeps it on sockets, tests in variables.
//
// Asynchronous. What becomes of a link is told by ClientCore's on_peer_* on the caller's thread, never inside
// a call of this class.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sockchat/client_core/server_trust.h"

namespace sockchat::client_core {

struct Introduction {
  std::string session;
  std::string own_name;
  std::string peer;
  std::string address;  // empty: the chat has to go through the server
  std::uint16_t port = 0;
  KeyPin key;  // the only key to accept
  bool dials = false;
};

class PeerLinks {
 public:
  virtual ~PeerLinks() = default;

  struct Listening {
    std::uint16_t port = 0;  // 0: through the server only
    KeyPin key;
  };

  struct Number {
    std::string digits;
    std::string words;
  };

  // What to tell the server; none: no private chats.
  virtual std::optional<Listening> listening() = 0;

  // Whether the server may introduce somebody at any moment: the peer may be faster than the server's word.
  virtual void expect(bool somebody) = 0;

  // Straight for 5 s, then through the server. Ends in on_peer_open or on_peer_lost.
  virtual void open(const Introduction& introduction) = 0;

  // Whole frames, in order.
  virtual void send(std::string_view session, std::string_view frames) = 0;

  // Bytes that are not sent yet.
  virtual std::size_t queued(std::string_view session) = 0;

  // From the server's event `relay`. What is no base64 is the port's to judge.
  virtual void on_relayed(std::string_view session, std::string_view base64) = 0;

  // What was sent leaves first. Nothing is told of the session afterwards.
  virtual void close(std::string_view session) = 0;

  // The same on both sides.
  virtual Number safety_number(std::string_view own_name, std::string_view peer, const KeyPin& peer_key) = 0;
};

}  // namespace sockchat::client_core
