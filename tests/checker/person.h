// A user with a client such as people have: what is typed stands in an outbox until it is answered, and is
// sent again with the same cid when a connection is lost; the token and the last message shown are
// remembered; nothing is shown twice. Everything it does and sees is recorded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "checker/chaos_link.h"
#include "checker/town.h"
#include "sockchat/wire/server_frame.h"

namespace sockchat::checker {

enum class Cut : std::uint8_t {
  reset,
  close,
  half,   // it says no more, and reads to the end
  ghost,  // it has given up, and the server does not know
};

class Person final {
 public:
  Person(int number, Town& town);
  Person(const Person&) = delete;
  Person& operator=(const Person&) = delete;

  // --- the loop
  [[nodiscard]] const ChaosLink* link() const { return link_.get(); }
  void turn(short happened);

  // --- the nemesis
  void cut(Cut how);
  void stall(bool input, Instant until);
  void calm_down();

  // --- the end of a run
  // Everything that it asked for is answered, for good.
  [[nodiscard]] bool is_settled() const;
  // One more message, behind all others.
  void send_last(int to);
  [[nodiscard]] std::uint64_t last_shown_call() const { return last_shown_call_; }
  [[nodiscard]] std::uint64_t last_call() const { return last_call_; }
  // Acknowledges, logs out and in again, and looks whether anything waits.
  void say_farewell();
  [[nodiscard]] bool is_at_rest() const { return farewell_ == Farewell::rest; }
  // Of what was left at that login.
  [[nodiscard]] std::uint64_t found_waiting() const { return found_waiting_; }

 private:
  enum class State : std::uint8_t { away, greeting, entering, inside, leaving };
  enum class Farewell : std::uint8_t { none, acknowledging, leaving, returning, listening, rest };
  enum class What : std::uint8_t { hello, enter, send, echo, reuse, change, ack, logout, ping };

  struct Draft {
    std::uint64_t call;
    int to;
    std::string text;
    std::string cid;  // empty: it is sent once
  };
  struct Change {
    std::uint64_t call;
    int target;
    bool to_blocked;
  };
  struct Asked {
    What what;
    std::uint64_t call;
  };

  // person.cc: the connection, and what comes over it
  void dial();
  void hang_up(std::string_view why);
  void forget_pending();
  void read_frames();
  void on_frame(const wire::ServerFrame& frame, std::string_view json);
  void on_event(const wire::ServerFrame& frame);
  void on_delivery(const wire::ServerFrame& frame);
  void on_answer(const Asked& asked, const wire::ServerFrame& frame);
  void on_hello(const wire::ServerFrame& frame);
  void on_entered(const wire::ServerFrame& frame);
  void on_sent(const Asked& asked, const wire::ServerFrame& frame);
  void on_changed(const wire::ServerFrame& frame);
  void on_farewell(What what);
  void ask(What what, std::uint64_t call, std::string_view command, const std::vector<std::string>& data,
           std::string_view cid = {});
  void note(Kind kind, Event event);

  // person_acts.cc: what it does by itself
  void act();
  void choose();
  void send_new(int to, bool with_cid);
  void post(const Draft& draft, What what = What::send);
  void change_blocks();
  void ask_change();
  void echo();
  void reuse();
  void log_out();
  void resend();
  void acknowledge();
  [[nodiscard]] int somebody();
  [[nodiscard]] std::string new_text(std::uint64_t call);

  const int number_;
  Town& town_;
  State state_ = State::away;
  Farewell farewell_ = Farewell::none;
  std::unique_ptr<ChaosLink> link_;
  wire::ServerFrameReader reader_;
  std::uint64_t session_ = 0;
  bool wants_resume_ = false;  // of this greeting
  std::uint64_t last_request_ = 0;
  std::unordered_map<std::uint64_t, Asked> pending_;  // by id
  Instant next_try_{};
  Instant next_act_{};
  Instant next_ack_{};
  Instant next_resend_{};
  bool must_resend_ = false;
  std::size_t window_ = 1;
  std::uint64_t to_acknowledge_ = 0;  // came in this session
  std::uint64_t acknowledged_ = 0;    // in this session

  // What stands on its disk.
  std::deque<Draft> outbox_;
  std::optional<Change> change_;
  std::string token_;
  std::uint64_t last_shown_ = 0;  // mid
  // What it remembers besides.
  std::deque<Draft> accepted_;  // some of the last ones
  std::set<int> blocked_;
  std::uint64_t last_shown_call_ = 0;
  std::uint64_t last_call_ = 0;
  std::uint64_t found_waiting_ = 0;
};

}  // namespace sockchat::checker
