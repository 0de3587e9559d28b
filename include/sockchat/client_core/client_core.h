// The client without its surroundings: what it says to the server and to its user, as a function of what
// happens. It holds no descriptor, no clock, no thread. One thread.
//
// One request is under way at a time, so that outputs stand in the order of the inputs; `ack` and `pong`,
// which nobody answers, go beside it. Passwords are wiped once the server has judged them.
//
// What was typed is not lost: a message is written into the client's memory before it is sent, and stays
// there until the server has answered. After a lost connection the client comes back by itself, with its
// token, and goes on where it was; meanwhile messages are taken, and all from the first other line on wait.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sockchat/base/secret.h"
#include "sockchat/base/time.h"
#include "sockchat/client_core/backoff.h"
#include "sockchat/client_core/client_memory.h"
#include "sockchat/client_core/client_patience.h"
#include "sockchat/client_core/client_request.h"
#include "sockchat/client_core/client_voice.h"
#include "sockchat/client_core/peer_links.h"
#include "sockchat/client_core/private_chats.h"
#include "sockchat/client_core/user_commands.h"
#include "sockchat/wire/request.h"
#include "sockchat/wire/server_frame.h"

namespace sockchat::client_core {

class ClientCore final : public ClientPatience, private PrivateChats::Client {
 public:
  // All must outlive the core. Without a memory nothing is remembered; without peers there are no private
  // chats.
  ClientCore(ClientConfig config, ClientOutput& output, ClientMemory* memory = nullptr,
             PeerLinks* peers = nullptr);
  ClientCore(const ClientCore&) = delete;
  ClientCore& operator=(const ClientCore&) = delete;

  // --- the server. After finish() all of these do nothing.
  void on_connected(TimePoint now);
  void on_unreachable(TimePoint now);
  // Whoever is there is not who was meant, and the user knows that already: the end, whatever was under way.
  void on_distrusted(TimePoint now);
  // The JSON text of one frame; 64 readable bytes behind it.
  void on_frame(std::span<char> json, TimePoint now);
  // What arrived is no frame.
  void on_bad_frame(TimePoint now);
  void on_lost(TimePoint now);
  // Reading from the server has stopped, or goes on: silence does not count meanwhile.
  void on_reading(bool reading, TimePoint now);

  // --- the user
  // True when the next line, or the end of input, may be given. Lines typed before wait with the program.
  [[nodiscard]] bool wants_line() const;
  void on_line(std::string_view line, TimePoint now);
  void on_end_of_input(TimePoint now);
  // At any time: Ctrl-C, or a signal to end.
  void on_interrupt(TimePoint now);

  // --- the peers of private chats: what has become of a link (PeerLinks)
  void on_peer_open(std::string_view session, bool direct, TimePoint now);
  // The JSON text of one frame; 64 readable bytes behind it.
  void on_peer_frame(std::string_view session, std::span<char> json, TimePoint now);
  void on_peer_lost(std::string_view session, TimePoint now);
  // For the peer, through the server: at most 32 KiB before base64. Also from inside calls of PeerLinks.
  void relay(std::string_view session, std::string_view base64);

  // --- the program
  // Everything printed so far has reached its reader: what was shown is recorded, and then confirmed.
  void on_flushed();
  void tick(TimePoint now);
  [[nodiscard]] TimePoint next_deadline() const;

 private:
  // What the server says.
  void dispatch(const wire::ServerFrame& frame, TimePoint now);
  void on_event(const wire::ServerFrame& event, TimePoint now);
  void on_logged_out(std::string_view reason, TimePoint now);
  void on_stray_reply(const wire::ServerFrame& reply, TimePoint now);
  void on_answer(const AskedRequest& asked, const wire::ServerFrame& reply, TimePoint now);

  // Login, and `passwd` (client_core_login.cc).
  void begin_login();
  void log_in();
  void on_opened(Opened opened);
  void send_login();
  void send_resume(std::uint64_t from);
  void on_login_answer(const AskedRequest& asked, const wire::ServerFrame& reply, TimePoint now);
  void on_login_impossible();
  void on_login_refused(const AskedRequest& asked, const wire::ServerFrame& reply, TimePoint now);
  [[nodiscard]] bool retry_login(const wire::ServerFrame& reply, TimePoint now);
  void take_name(std::string_view line);
  void take_password(std::string_view line);
  void take_passwd_line(std::string_view line);
  void on_admitted(const AskedRequest& asked, const wire::ServerFrame& reply, TimePoint now);
  void arrive();
  void forget_token();

  // Losing the connection and coming back (client_core_return.cc).
  [[nodiscard]] bool can_return() const;
  void hold_asked();
  void start_try();
  void try_later(TimePoint now, const wire::ServerFrame* reply = nullptr);
  void authenticate();
  void need_password();
  void on_return_refused(const AskedRequest& asked, const wire::ServerFrame& reply, TimePoint now);
  void give_up();

  // Messages, in and out (client_core_messages.cc).
  void on_message(const wire::ServerFrame& event, TimePoint now);
  void record_shown();
  void confirm();
  void post(std::optional<std::string_view> recipient, std::string_view text);
  void send_next();
  OutboxEntry drop_entry();
  void on_entry_answer(const wire::ServerFrame& reply, TimePoint now);
  [[nodiscard]] bool resend_later(const wire::ServerFrame& reply, TimePoint now);
  void drop_memory(const Error& why);
  void tell_unsent();
  void take_command_line(std::string_view line, bool again, TimePoint now);

  void on_raw_request(std::string_view line);
  void send_raw(std::string_view line);

  // Private chats (client_core_private.cc).
  void tell_server(std::string_view command, std::span<const std::string_view> data) override;
  void keep_person(const Person& person) override;
  [[nodiscard]] bool take_private_line(const Typed& typed, TimePoint now);
  void end_input();

  // False, and a sentence to the user, when it cannot be sent as it is.
  bool request(std::string_view command, std::span<const std::string_view> data,
               std::optional<std::string_view> cid = std::nullopt);
  // Outside the order of requests: nobody waits for an answer.
  void send_aside(std::string_view command, std::span<const std::string_view> data = {},
                  const wire::RequestId& id = {});
  [[nodiscard]] std::size_t frame_max() const;
  [[nodiscard]] bool fits(std::size_t payload_bytes, std::size_t bytes_max);
  void leave(TimePoint now);
  void ask(Asking asking);
  void finish(ExitCode code);

  ClientConfig config_;
  ClientOutput& output_;
  ClientMemory* const memory_;
  ClientVoice voice_;
  wire::ServerFrameReader reader_;
  wire::RequestReader raw_reader_;  // of requests that the user writes himself
  Stage stage_ = Stage::connecting;
  TimePoint now_;  // of the last call that told it, for what the memory's completions bring about
  Asking asking_ = Asking::nothing;
  std::optional<AskedRequest> asked_;
  std::optional<HeldLine> held_;
  std::uint64_t last_id_ = 0;
  bool input_ended_ = false;
  // Login and passwd.
  std::string name_;
  std::optional<Secret> password_;
  std::optional<Secret> new_password_;
  std::optional<Secret> raw_login_;  // written by the user, and waits for the memory
  std::optional<Secret> token_;
  std::string locked_;  // the sentence, while the token is tried instead
  int login_retries_ = 0;
  bool was_wrong_ = false;  // a password of this run
  TimePoint retry_at_ = kNever;
  // The memory.
  bool remembers_ = false;
  bool opening_ = false;
  std::string opened_;  // the account
  int tokens_unkept_ = 0;
  // Coming back.
  bool was_online_ = false;
  bool returning_ = false;
  std::uint64_t resumed_from_ = 0;
  Backoff backoff_;
  TimePoint give_up_at_ = kNever;
  // Delivery.
  Outbox outbox_;
  wire::RequestId entry_id_;  // of its oldest, as sent the last time
  int resends_ = 0;
  TimePoint resend_at_ = kNever;
  ShownLog shown_;
  std::uint64_t waiting_ = 0;  // announced at login and not yet here
  TimePoint waiting_until_ = kNever;
  PrivateChats chats_;
  bool announced_ = false;          // `listen` went behind the login
  TimePoint peers_until_ = kNever;  // the input has ended, and texts are not confirmed
  // Signs of life, and the end.
  TimePoint silent_at_ = kNever;
  bool probing_ = false;
  bool pong_due_ = false;
  bool leave_flushed_ = false;
  bool logout_sent_ = false;
  TimePoint leave_at_ = kNever;
};

}  // namespace sockchat::client_core
