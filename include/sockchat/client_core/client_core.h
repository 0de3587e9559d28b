// The client without its surroundings: what it says to the server and to its user, as a function of what
// happens. It holds no descriptor, no clock, no thread. One thread.
//
// One request is under way at a time, so that outputs stand in the order of the inputs; `ack` and `pong`,
// which nobody answers, go beside it. Passwords are wiped once the server has judged them.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "sockchat/base/secret.h"
#include "sockchat/base/time.h"
#include "sockchat/client_core/client_output.h"
#include "sockchat/wire/request.h"
#include "sockchat/wire/server_frame.h"

namespace sockchat::client_core {

enum class Format : std::uint8_t {
  lines,  // for people
  json,   // the server's frames as they are, and {"client": ...}
};

struct ClientConfig {
  std::string server;  // as people write it: "localhost:4000"
  Format format = Format::lines;
  bool ascii =
      false;  // JSON goes to a terminal: what is not printable ASCII is escaped, which means the same
  std::optional<std::string> user = std::nullopt;  // asked for when absent
  std::optional<Secret> password = std::nullopt;   // asked for when absent
  bool password_once = false;  // a refused login ends the client: nobody is there to be asked again
};

class ClientCore final {
 public:
  // A server that is silent for so long is asked for a sign of life, and given up after as long again.
  static constexpr Duration kSilenceMax = std::chrono::seconds(90);
  // How long a logout waits for output and for the server before the client just ends.
  static constexpr Duration kLeavePatience = std::chrono::seconds(2);
  // How long the next of the messages that a login announces is waited for, before the user's lines go on.
  static constexpr Duration kWaitingPatience = std::chrono::seconds(2);
  // How often a busy server is asked again at login, and how long between at most.
  static constexpr int kLoginRetriesMax = 5;
  static constexpr Duration kLoginRetryMax = std::chrono::seconds(30);
  // Ids of shown messages that are remembered, to leave out what is delivered twice.
  static constexpr std::size_t kShownMax = 1024;

  // `output` must outlive the core.
  ClientCore(ClientConfig config, ClientOutput& output);
  ClientCore(const ClientCore&) = delete;
  ClientCore& operator=(const ClientCore&) = delete;

  // --- the server. After finish() all of these do nothing.
  void on_connected(TimePoint now);
  // The JSON text of one frame; 64 readable bytes behind it.
  void on_frame(std::span<char> json, TimePoint now);
  // What arrived is no frame.
  void on_bad_frame();
  void on_lost();
  // Reading from the server has stopped, or goes on: silence does not count meanwhile.
  void on_reading(bool reading, TimePoint now);

  // --- the user
  // True when the next line, or the end of input, may be given. Lines typed before wait with the program.
  [[nodiscard]] bool wants_line() const;
  void on_line(std::string_view line, TimePoint now);
  void on_end_of_input(TimePoint now);
  // At any time: Ctrl-C, or a signal to end.
  void on_interrupt(TimePoint now);

  // --- the program
  // Everything printed so far has reached its reader: what was shown is confirmed to the server.
  void on_flushed();
  void tick(TimePoint now);
  [[nodiscard]] TimePoint next_deadline() const;

 private:
  enum class Stage : std::uint8_t { connecting, greeting, login, online, leaving, finished };

  // The request under way.
  struct Asked {
    std::string command;
    wire::RequestId id;
    std::string argument;
  };

  // What the server says.
  void dispatch(const wire::ServerFrame& frame, TimePoint now);
  void on_event(const wire::ServerFrame& event, TimePoint now);
  void on_message(const wire::ServerFrame& event, TimePoint now);
  void on_reply(const wire::ServerFrame& reply, TimePoint now);
  void on_stray_error(const wire::ServerFrame& reply);
  void on_answer(const Asked& asked, const wire::ServerFrame& reply, TimePoint now);
  [[nodiscard]] bool remember_shown(std::uint64_t mid);

  // Login (client_core_login.cc).
  void begin_login();
  void send_login();
  void on_login_answer(const wire::ServerFrame& reply, TimePoint now);
  void on_login_impossible();
  void on_login_refused(const wire::ServerFrame& reply, TimePoint now);
  [[nodiscard]] bool retry_login(const wire::ServerFrame& reply, TimePoint now);
  void take_name(std::string_view line);
  void take_password(std::string_view line);

  // What the user types.
  void on_command_line(std::string_view line, TimePoint now);
  void on_raw_request(std::string_view line);
  void show_help(std::string_view topic);
  void take_passwd_line(std::string_view line);

  enum class Cid : bool { without, with };
  // False, and a sentence to the user, when it cannot be sent as it is.
  bool request(std::string_view command, std::span<const std::string_view> data, Cid cid = Cid::without);
  // Outside the order of requests, without an id: nobody waits for an answer.
  void send_aside(std::string_view command, std::span<const std::string_view> data = {});
  [[nodiscard]] bool fits(std::size_t payload_bytes);
  void leave(TimePoint now);
  void ask(Asking asking);
  // What the client itself has to say, in either format.
  void say(std::string_view sentence);
  // What JSON users see as the frame that it was made from.
  void show(std::span<const std::string> lines);
  void news(std::string_view kind, std::string_view member, std::string_view text);
  void finish(ExitCode code);

  ClientConfig config_;
  ClientOutput& output_;
  wire::ServerFrameReader reader_;
  wire::RequestReader raw_reader_;  // of requests that the user writes himself
  Stage stage_ = Stage::connecting;
  Asking asking_ = Asking::nothing;
  std::optional<Asked> asked_;
  std::uint64_t last_id_ = 0;
  // Login and passwd.
  std::string name_;
  std::optional<Secret> password_;
  std::optional<Secret> new_password_;
  int login_retries_ = 0;
  TimePoint retry_at_ = kNever;
  // Delivery.
  std::uint64_t waiting_ = 0;  // announced at login and not yet here
  TimePoint waiting_until_ = kNever;
  std::set<std::uint64_t> shown_;
  std::uint64_t shown_newest_ = 0;
  std::uint64_t confirmed_ = 0;
  // Signs of life, and the end.
  TimePoint silent_at_ = kNever;
  bool probing_ = false;
  bool logout_sent_ = false;
  TimePoint leave_at_ = kNever;
};

}  // namespace sockchat::client_core
