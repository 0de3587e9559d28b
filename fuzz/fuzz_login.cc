// Coming in and going out: hello, login, register, resume, passwd and logout in any order on several
// connections, against a model that knows the passwords and the locks. CoreJudge says that nobody comes in
// without a password or a token; here every step is answered as the model says:
//   a name is locked by the third wrong password, stays so until its time whoever asks, and not longer;
//   what was answered with an error has changed nothing.
// Input: what to do, a byte, and its arguments, again and again.
#include <fmt/format.h>

#include <array>
#include <map>
#include <string>

#include "core_stage.h"
#include "fuzz_input.h"
#include "support/frames.h"

namespace sockchat::fuzz {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::contains;

constexpr int kStepsMax = 200;
constexpr Duration kLocked = seconds(60);
constexpr int kTries = 3;

constexpr std::string_view kNames[] = {"hans", "yoda", "nobody", "new1", "new2"};
constexpr std::string_view kPasswords[] = {"falcon nr 1", "falcon nr 2", "falcon nr 3"};
constexpr std::array kPauses = {milliseconds(1), milliseconds(4'999), milliseconds(20'000),
                                milliseconds(59'999)};

struct Account {
  std::string password;  // empty: there is none of that name
  int failures = 0;
  TimePoint locked_until{};
};

class Entrance final {
 public:
  explicit Entrance(std::string_view input) : rest_(input) {
    for (const std::string_view name : kNames) accounts_[std::string(name)] = {};
    for (const std::string_view name : {"hans", "yoda"}) {
      stage_.add_user(name, kPasswords[0]);
      accounts_[std::string(name)].password = kPasswords[0];
    }
  }

  void play() {
    for (int steps = 0; steps < kStepsMax && !rest_.empty(); ++steps) act();
    stage_.come_to_rest();
    stage_.shut_down();
  }

 private:
  void act() {
    const std::uint8_t what = take_byte(rest_);
    if (what % 16 == 0) return static_cast<void>(stage_.open("127.0.0.1"));
    if (what % 16 == 1) {
      const Duration pause = kPauses[(what >> 4) % kPauses.size()];
      return stage_.advance(pause);
    }
    const auto id = stage_.pick(take_byte(rest_));
    if (!id) return;
    const std::string name(kNames[take_byte(rest_) % std::size(kNames)]);
    const std::string password(kPasswords[take_byte(rest_) % std::size(kPasswords)]);
    switch (what % 16) {
      case 2:
        return stage_.vanish(*id);
      case 3:
        return hello(*id);
      case 4:
        return enroll(*id, name, password);
      case 5:
        return resume(*id);
      case 6:
      case 7:
        return change_password(*id, password, std::string(kPasswords[(what >> 4) % std::size(kPasswords)]));
      case 8:
        return leave(*id);
      case 9:
        return expect_code(*id, test::request("login", {name}), "bad_argument", "already_logged_in");
      case 10:
        stage_.say(*id, test::request("ping"));
        SOCKCHAT_CHECK(contains(answer(*id), R"("status":"ok","command":"ping")"));
        return;
      default:
        return log_in(*id, name, password);
    }
  }

  // All that was sent since; what is due in a moment has come.
  std::string answer(ConnectionId id) {
    stage_.settle();
    return last_sent(id);
  }
  std::string last_sent(ConnectionId id) { return stage_.take_sent(id); }

  void forget_sent() {
    for (std::uint8_t which = 0; which < 12; ++which) {
      if (const auto id = stage_.pick(which)) static_cast<void>(stage_.take_sent(*id));
    }
  }

  std::string ask(ConnectionId id, const std::string& json) {
    forget_sent();
    stage_.say(id, json);
    return answer(id);
  }

  // An error of strangers, or, with a user, the other one: nothing has changed.
  void expect_code(ConnectionId id, const std::string& json, std::string_view of_stranger,
                   std::string_view of_user) {
    const std::string user = stage_.judge().user_of(id);
    const std::size_t sessions = stage_.core().sessions();
    const std::string reply = ask(id, json);
    const std::string_view code = user.empty() ? of_stranger : of_user;
    SOCKCHAT_CHECK(contains(reply, fmt::format(R"("code":"{}")", code)));
    SOCKCHAT_CHECK(stage_.judge().user_of(id) == user && stage_.core().sessions() == sessions);
  }

  void hello(ConnectionId id) {
    const std::string reply = ask(id, test::request("hello", {"resume"}));
    // The third one that comes too late is the end.
    if (stage_.is_open(id)) SOCKCHAT_CHECK(contains(reply, R"("command":"hello")"));
  }

  void log_in(ConnectionId id, const std::string& name, const std::string& password) {
    const std::string json = test::request("login", {name, password});
    if (!stage_.judge().user_of(id).empty()) return expect_code(id, json, {}, "already_logged_in");
    Account& account = accounts_.at(name);
    const int checks = stage_.hasher().checks;
    const bool is_right = !account.password.empty() && account.password == password;
    const bool is_locked = stage_.now() < account.locked_until;
    const std::string reply = ask(id, json);
    if (is_locked) {
      SOCKCHAT_CHECK(contains(reply, R"("code":"locked")") && !contains(reply, "attempts_left"));
      SOCKCHAT_CHECK(stage_.hasher().checks == checks && stage_.judge().user_of(id).empty());
      return;
    }
    SOCKCHAT_CHECK(stage_.hasher().checks == checks + 1);
    if (!is_right) return refused(account, reply);
    account.failures = 0;
    await_entry(id, name, reply);
  }

  void refused(Account& account, std::string_view reply) {
    const int left = kTries - ++account.failures;
    SOCKCHAT_CHECK(contains(reply, fmt::format(R"("attempts_left":{})", left)));
    SOCKCHAT_CHECK(contains(reply, left > 0 ? R"("code":"bad_credentials")" : R"("code":"locked")"));
    if (left > 0) return;
    account.failures = 0;
    account.locked_until = stage_.now() + kLocked;
  }

  // With a session that there is already, the answer takes the time that this one has to prove that it lives.
  void await_entry(ConnectionId id, std::string_view name, std::string reply) {
    if (reply.empty()) {
      stage_.advance(seconds(6));
      reply = last_sent(id);
    }
    // Whoever took so long to come in was perhaps thrown out for it.
    if (!stage_.is_open(id)) return;
    SOCKCHAT_CHECK(contains(reply, R"("status":"ok")"));
    SOCKCHAT_CHECK(stage_.judge().user_of(id) == name);
  }

  void enroll(ConnectionId id, const std::string& name, const std::string& password) {
    const std::string json = test::request("register", {name, password});
    Account& account = accounts_.at(name);
    if (!stage_.judge().user_of(id).empty()) return expect_code(id, json, {}, "already_logged_in");
    if (!account.password.empty()) return expect_code(id, json, "name_taken", {});
    const std::string reply = ask(id, json);
    SOCKCHAT_CHECK(contains(reply, R"("status":"ok","command":"register")"));
    SOCKCHAT_CHECK(stage_.judge().user_of(id) == name);
    account.password = password;  // what was guessed of the name before stays counted
  }

  void resume(ConnectionId id) {
    const auto& tokens = stage_.judge().tokens();
    const std::uint8_t which = take_byte(rest_);
    const bool is_forged = tokens.empty() || which % 4 == 0;
    const std::string token = is_forged ? "token 999" : tokens[which % tokens.size()];
    const std::string json = test::request("resume", {token, "0"});
    if (is_forged) return expect_code(id, json, "bad_token", "already_logged_in");
    // An old token may be spent; the judge sees whose it was.
    ask(id, json);
    stage_.advance(seconds(6));
  }

  void change_password(ConnectionId id, const std::string& old, const std::string& fresh) {
    const std::string user = stage_.judge().user_of(id);
    const std::string json = test::request("passwd", {old, fresh});
    if (user.empty()) return expect_code(id, json, "not_logged_in", {});
    Account& account = accounts_.at(user);
    const bool is_locked = stage_.now() < account.locked_until;
    const std::string reply = ask(id, json);
    SOCKCHAT_CHECK(stage_.judge().user_of(id) == user);
    if (is_locked) {
      SOCKCHAT_CHECK(contains(reply, R"("code":"locked")"));
    } else if (account.password != old) {
      refused(account, reply);
    } else {
      SOCKCHAT_CHECK(contains(reply, R"("status":"ok","command":"passwd")"));
      account.password = fresh;
      account.failures = 0;
    }
  }

  void leave(ConnectionId id) {
    const std::string json = test::request("logout");
    if (stage_.judge().user_of(id).empty()) return expect_code(id, json, "not_logged_in", {});
    ask(id, json);
    SOCKCHAT_CHECK(!stage_.is_open(id));
  }

  std::string_view rest_;
  CoreStage stage_;
  std::map<std::string, Account> accounts_;
};

}  // namespace
}  // namespace sockchat::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockchat;
  fuzz::Entrance(fuzz::text_of(data, size)).play();
  return 0;
}
