// All private chats of one login: who asks whom, what is said, and how each ends. It holds no descriptor and
// no clock: the connections to the peers are the program's (peer_links.h), the server is reached through the
// client. One thread.
//
// A chat begins when one side has asked, the other has said yes and the server has introduced them; it stands
// when the link does. The server's introduction and the link end apart: a direct link outlives the server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sockchat/base/result.h"
#include "sockchat/base/time.h"
#include "sockchat/client_core/client_memory.h"
#include "sockchat/client_core/client_output.h"
#include "sockchat/client_core/client_request.h"
#include "sockchat/client_core/client_voice.h"
#include "sockchat/client_core/known_people.h"
#include "sockchat/client_core/peer_links.h"
#include "sockchat/client_core/private_texts.h"
#include "sockchat/wire/request.h"
#include "sockchat/wire/server_frame.h"

namespace sockchat::client_core {

class PrivateChats final {
 public:
  // Questions, and chats that stand or do not stand yet.
  static constexpr std::size_t kChatsMax = 64;
  static constexpr std::size_t kSessionBytesMax = 64;
  static constexpr int kMalformedMax = 3;
  static constexpr Duration kActivePause = std::chrono::seconds(5);
  // How long a chat that the user has stopped waits for what is not confirmed yet.
  static constexpr Duration kStopPatience = std::chrono::seconds(2);

  // What private chats need of the client around them. Must not call back.
  class Client {
   public:
    virtual ~Client() = default;
    // Outside the order of requests; lost when there is no server.
    virtual void tell_server(std::string_view command, std::span<const std::string_view> data) = 0;
    virtual void keep_person(const Person& person) = 0;
  };

  // All must outlive it. Without `links` there are no private chats, and `why_off` may say why.
  PrivateChats(PeerLinks* links, bool accept_all, std::string_view why_off, Client& client,
               ClientVoice& voice, ClientOutput& output);
  PrivateChats(const PrivateChats&) = delete;
  PrivateChats& operator=(const PrivateChats&) = delete;

  void restore(std::vector<Person> people);
  // Tells the server where the user can be reached: behind the login, or once the user is let in. From then
  // on questions may come.
  void announce(std::string_view own_name);
  void on_server_lost();
  // The end: peers are told, and the user what they have not confirmed.
  void leave();

  // Events that are about something else are ignored.
  void on_event(const wire::ServerFrame& event);
  // `startprivate`, `answer` and `stopprivate`, typed or written by the user: one is sent, and has its reply.
  // An introduction may come between the two.
  void on_request(const AskedRequest& asked);
  void on_reply(const AskedRequest& asked, const wire::ServerFrame& reply, TimePoint now);
  // The server does not pass on what the chat of the session says.
  void on_relay_refused(std::string_view session);

  // The user. An error's text is for him.
  [[nodiscard]] Result<void> prepare_start(std::string_view user);
  [[nodiscard]] bool is_asked() const;
  // Whom `y` or `n` answers; `user` is empty when none was named.
  [[nodiscard]] Result<std::string> find_asker(std::string_view user) const;
  void send_text(std::string_view user, std::string_view text, TimePoint now);
  void stop(std::string_view user, TimePoint now);
  void trust(std::string_view user);
  void verify(std::string_view user);

  // The links: see PeerLinks.
  void on_open(std::string_view session, bool direct);
  // 64 readable bytes behind `json`.
  void on_frame(std::string_view session, std::span<char> json);
  void on_lost(std::string_view session);
  // nullptr: not known. Known a while longer than the chat: the link's last bytes leave behind it.
  [[nodiscard]] const std::string* peer_of(std::string_view session) const;

  // True while peers owe a confirmation.
  [[nodiscard]] bool is_unconfirmed() const;
  void tick(TimePoint now);
  [[nodiscard]] TimePoint next_deadline() const;

 private:
  enum class State : std::uint8_t {
    asking,    // the user asks
    asked,     // the peer asks
    answered,  // the user has said yes
    opening,   // introduced
    open,
    ending,  // stopped by the user, and not everything is confirmed
  };
  struct Chat {
    std::string peer;
    State state = State::asking;
    bool own_ask = false;
    bool introduced = false;  // as far as the server knows
    bool direct = false;
    std::optional<KeyPin> key = std::nullopt;
    PrivateTexts texts = {};
    int malformed = 0;
    TimePoint ends_at = kNever;
  };
  using Chats = std::map<std::string, Chat, std::less<>>;  // by session
  // The server that is told knows of the end by itself, or does not have the introduction any more.
  enum class Tell : bool { nobody, server };

  void on_asked(const wire::ServerFrame& event);
  void on_introduced(const wire::ServerFrame& event);
  void on_declined(const wire::ServerFrame& event);
  void on_stopped(const wire::ServerFrame& event);
  void on_relayed(const wire::ServerFrame& event);
  void on_start_reply(std::string_view user, const wire::ServerFrame& reply);
  void on_stop_reply(std::string_view user, TimePoint now);
  void on_text(Chats::iterator chat, const wire::Request& frame);
  void on_confirmed(Chats::iterator chat, std::string_view cid);
  void on_malformed(Chats::iterator chat);

  [[nodiscard]] Chats::iterator find(std::string_view user, std::initializer_list<State> states);
  void replace_older(std::string_view peer, std::string_view session);
  void send(std::string_view session, std::string_view command, std::span<const std::string_view> data = {},
            std::optional<std::string_view> cid = std::nullopt);
  // `line` is for people; empty: nothing to say.
  void end(Chats::iterator chat, std::string_view reason, std::string line, Tell tell);
  void end_unreachable(Chats::iterator chat, Tell tell);
  [[nodiscard]] bool is_off();
  void tell_expected();

  PeerLinks* const links_;
  const bool accept_all_;
  const std::string off_;  // the sentence for it
  Client& client_;
  ClientVoice& voice_;
  ClientOutput& output_;
  wire::RequestReader reader_;
  std::string own_name_;
  bool listening_ = false;
  bool expecting_ = false;  // as the links were told
  Chats chats_;
  std::deque<std::pair<std::string, std::string>> closed_;  // sessions and peers, the last few
  KnownPeople people_;
  TimePoint active_again_at_ = TimePoint::min();
};

}  // namespace sockchat::client_core
