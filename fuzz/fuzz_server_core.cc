// The whole server core: a script of frames on several connections, whole and broken, with closes, output
// that nobody takes, failures of the store, a busy hasher, and time. CoreJudge says what must hold; this file
// only finds things to do. Input: what to do, a byte, and its arguments, again and again.
#include <fmt/format.h>

#include <array>
#include <string>

#include "core_stage.h"
#include "fuzz_input.h"
#include "sockchat/server_core/command_table.h"
#include "sockchat/wire/request.h"

namespace sockchat::fuzz {
namespace {

using std::chrono::milliseconds;

// Longer scripts do more of the same.
constexpr int kStepsMax = 300;

constexpr std::string_view kNames[] = {"hans", "yoda", "leia", "nobody", "new1", "new2", "HANS", "*"};
constexpr std::string_view kPasswords[] = {"falcon", "wise one", "falcon2", "x"};
constexpr std::array kPauses = {milliseconds(1),       milliseconds(999),      milliseconds(5'000),
                                milliseconds(20'000),  milliseconds(60'000),   milliseconds(100'000),
                                milliseconds(201'000), milliseconds(3'600'000)};

class Script final {
 public:
  explicit Script(std::string_view input) : rest_(input) {
    stage_.add_user("hans", "falcon");
    stage_.add_user("yoda", "wise one");
    stage_.add_user("leia", "falcon");
  }

  void play() {
    for (int steps = 0; steps < kStepsMax && !rest_.empty(); ++steps) act(take_byte(rest_));
    stage_.come_to_rest();
    stage_.shut_down();
  }

 private:
  void act(std::uint8_t what) {
    switch (what % 16) {
      case 0:
        return static_cast<void>(stage_.open(take_byte(rest_) % 2 == 0 ? "127.0.0.1" : "2001:db8::1"));
      case 1:
        return stage_.settle();
      case 2:
        return stage_.advance(kPauses[take_byte(rest_) % kPauses.size()]);
      case 3:
        return stage_.fail_next(fault(take_byte(rest_)), take_byte(rest_) % 4);
      case 4:
        stage_.hasher().full = !stage_.hasher().full;
        return;
      case 5:
        return enter();
      case 6:
        return static_cast<void>(stage_.step());
      default:
        break;
    }
    const auto id = stage_.pick(take_byte(rest_));
    if (id) act_on(*id, what % 16);
  }

  void act_on(ConnectionId id, int what) {
    switch (what) {
      case 7:
        return stage_.vanish(id);
      case 8:
        return stage_.end_input(id);
      case 9:
        return stage_.say_bad_length(id);
      case 10:
        return stage_.stall(id, take_byte(rest_) % 2 == 0);
      case 11:
        return stage_.say(id, take_raw());
      case 12:
        return stage_.say(id, mutated(request()));
      default:
        return stage_.say(id, request());
    }
  }

  // What a script would seldom find by itself: somebody who is logged in.
  void enter() {
    const std::uint8_t who = take_byte(rest_);
    const auto id = stage_.open("127.0.0.1");
    if (!id) return;
    if (who & 8) stage_.say(*id, R"({"command":"hello","data":["ack","resume","presence"]})");
    const std::string_view name = kNames[who % 3];
    const std::string_view password = kPasswords[name == "yoda" ? 1 : 0];
    stage_.say(*id, fmt::format(R"({{"command":"login","data":["{}","{}"]}})", name, password));
    if ((who & 16) == 0) stage_.settle();
  }

  static test::StoreFault fault(std::uint8_t which) {
    constexpr std::array kFaults = {test::StoreFault::busy, test::StoreFault::storage,
                                    test::StoreFault::unknown};
    return kFaults[which % kFaults.size()];
  }

  std::string take_raw() {
    const std::size_t size = std::min<std::size_t>(take_byte(rest_), rest_.size());
    std::string raw(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return raw;
  }

  // Well-formed, and more often right than not.
  std::string request() {
    const auto specs = server_core::command_specs();
    const std::uint8_t which = take_byte(rest_);
    const std::string_view command = which < 250 ? specs[which % specs.size()].name : "private";
    const std::uint8_t shape = take_byte(rest_);
    std::vector<std::string> words;
    for (int count = arguments_of(command, shape); count > 0; --count)
      words.push_back(word(command, words.size()));
    const std::vector<std::string_view> data(words.begin(), words.end());
    wire::RequestId id;
    if (shape & 16) id = std::uint64_t{shape};
    const std::string cid = fmt::format("c{}", shape >> 5);
    const bool with_cid = (shape & 8) != 0 && (command == "message" || command == "broadcast");
    std::string frame;
    wire::append_request(frame, command, data, id,
                         with_cid ? std::optional<std::string_view>(cid) : std::nullopt);
    return frame.substr(4);
  }

  static int arguments_of(std::string_view command, std::uint8_t shape) {
    if (shape % 8 == 7) return (shape >> 5) % 5;  // perhaps wrong
    if (command == "hello" || command == "history") return 1 + shape % 3;
    if (command == "login" || command == "register" || command == "resume" || command == "passwd" ||
        command == "message" || command == "listen" || command == "answer" || command == "relay")
      return 2;
    if (command == "search" || command == "sessions") return 1 + shape % 2;
    const bool one = command == "ack" || command == "block" || command == "unblock" ||
                     command == "broadcast" || command == "whoelsesince" || command == "startprivate" ||
                     command == "stopprivate";
    return one ? 1 : 0;
  }

  std::string word(std::string_view command, std::size_t place) {
    const std::uint8_t byte = take_byte(rest_);
    if (byte >= 224) return odd_word(byte);
    const bool is_secret =
        command == "passwd" || ((command == "login" || command == "register") && place == 1);
    if (is_secret) return std::string(kPasswords[byte % std::size(kPasswords)]);
    if (command == "resume" && place == 0) {
      const auto& tokens = stage_.judge().tokens();
      return tokens.empty() ? "token" : tokens[byte % tokens.size()];
    }
    if (command == "ack" || command == "resume" || (command == "history" && place == 1))
      return byte < 128 ? stage_.judge().newest_mid() : fmt::format("{}", byte % 16);
    if (command == "listen") return place == 0 ? fmt::format("{}", byte) : std::string(64, 'a');
    if (command == "answer" && place == 1) return byte % 3 == 0 ? "no" : "yes";
    if (command == "relay" && place == 1) return "Zm9v";
    if (command == "hello") return byte % 3 == 0 ? "ack" : byte % 3 == 1 ? "resume" : "presence";
    if (command == "broadcast" || command == "search" || (command == "message" && place == 1))
      return fmt::format("text {}", byte % 32);
    if (command == "whoelsesince" || command == "sessions" || place > 1) return fmt::format("{}", byte);
    return std::string(kNames[byte % std::size(kNames)]);
  }

  std::string odd_word(std::uint8_t byte) {
    switch (byte % 4) {
      case 0:
        return take_valid();
      case 1:
        return std::string(byte % 3 == 0 ? 3'000 : 20'000, 'x');
      case 2:
        return "18446744073709551616";
      default:
        return "";
    }
  }

  // Text of the input, as far as a request may hold it.
  std::string take_valid() {
    std::string text;
    const std::string raw = take_raw();
    std::string_view rest = raw;
    while (!rest.empty() && test::strict::take_utf8(rest, text)) {
    }
    return text;
  }

  std::string mutated(std::string json) {
    const std::uint8_t how = take_byte(rest_);
    const std::size_t at = take_byte(rest_) % json.size();
    const char byte = static_cast<char>(take_byte(rest_));
    if (how % 4 == 0) json[at] = byte;
    if (how % 4 == 1) json.insert(at, 1, byte);
    if (how % 4 == 2) json.erase(at, 1 + static_cast<unsigned char>(byte) % 8);
    if (how % 4 == 3) json += json;
    return json;
  }

  std::string_view rest_;
  CoreStage stage_;
};

}  // namespace
}  // namespace sockchat::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockchat;
  fuzz::Script(fuzz::text_of(data, size)).play();
  return 0;
}
