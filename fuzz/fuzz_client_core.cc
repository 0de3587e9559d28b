// The client against a hostile server: any frames in any order, losses, and a user who types in between.
//   Nothing is sent without a connection, and what was typed at a password prompt goes out once for it on a
//   connection, once more for each time that the server was busy, and nowhere but in a login or a `passwd`.
//   What is printed cannot control a terminal (sanitize_test.cc and fuzz_sanitize.cc say it in detail).
// Input: how the client is set, a byte, then what happens, a byte, and its arguments, again and again.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "client_core/unicode.h"
#include "fuzz_input.h"
#include "sockchat/wire/frame_writer.h"
#include "support/padded_text.h"
#include "support/strict_json.h"
#include "unit/client_core/client_session.h"
#include "unit/client_core/fake_memory.h"

namespace sockchat::fuzz {
namespace {

using namespace client_core;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kStepsMax = 200;

constexpr std::string_view kEvents[] = {"message", "broadcast", "presence", "logout",
                                        "ping",    "kicked",    "message",  "startprivate"};
constexpr std::string_view kCodes[] = {"bad_credentials", "locked",       "already_online", "busy",
                                       "bad_token",       "bad_argument", "rate_limited",   "storage",
                                       "blocked",         "cid_reused",   "bad_request",    "odd"};
constexpr std::string_view kReasons[] = {"timeout", "shutdown", "replaced", "kicked", "slow_consumer"};
constexpr std::string_view kLines[] = {"hans",
                                       "message yoda hello",
                                       "broadcast hello",
                                       "whoelse",
                                       "whoelsesince 100",
                                       "history yoda 3",
                                       "passwd",
                                       "logout",
                                       "help",
                                       "block yoda",
                                       R"({"command":"whoelse","id":7})",
                                       ""};

void check_visible(std::string_view text, bool ascii_only) {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = decode(text, at);
    SOCKCHAT_CHECK(point.value >= 0x20 && point.value != 0x7F);
    SOCKCHAT_CHECK(!ascii_only || point.value < 0x7F);
    at += point.size;
  }
}

void check_for_terminal(std::string_view line, const ClientConfig& config) {
  if (config.format == Format::json) return check_visible(line, config.ascii);
  check_visible(line, false);
  for (std::size_t at = 0; at < line.size();) {
    const CodePoint point = decode(line, at);
    SOCKCHAT_CHECK(glyph_of(point.value) != Glyph::hidden);
    at += point.size;
  }
}

class Watch final : public ClientOutput {
 public:
  explicit Watch(const ClientConfig& config) : config_(config) {}

  void send(std::string_view frames) override {
    SOCKCHAT_CHECK(is_connected && !finished);
    test::PaddedText copy(frames);
    std::span<char> rest = copy.span();
    while (!rest.empty()) {
      const wire::FrameCut cut = wire::next_frame(rest, 65'536);
      SOCKCHAT_CHECK(cut.state == wire::FrameState::complete);
      note_request({cut.payload.data(), cut.payload.size()});
      rest = rest.subspan(cut.consumed);
    }
  }
  void print(std::string_view line) override {
    SOCKCHAT_CHECK(!finished);
    check_for_terminal(line, config_);
    check_no_secret(line);
  }
  void complain(std::string_view line) override {
    check_visible(line, false);
    check_no_secret(line);
  }
  void ask(Asking what) override { asking = what; }
  void connect() override {
    SOCKCHAT_CHECK(!is_connected && !may_connect && !finished);
    may_connect = true;
  }
  void disconnect() override { is_connected = false; }
  std::string fresh_cid() override { return fmt::format("cid{}", ++cids_); }
  std::uint64_t random() override { return 1'000'000; }
  std::optional<Secret> read_password() override {
    if (!config_.password_again) return std::nullopt;
    return Secret(type_secret());
  }
  void finish(ExitCode) override {
    SOCKCHAT_CHECK(!finished);
    finished = true;
  }

  // Unlike everything that the input could have in it.
  std::string type_secret() {
    std::string secret = fmt::format("\x7f{}\x7f", ++secrets_);
    sent_.emplace(secret, 0);
    return secret;
  }
  void connected() {
    is_connected = true;
    may_connect = false;
    for (auto& [secret, times] : sent_) times = 0;
    busy = 0;
  }

  bool is_connected = false;
  bool may_connect = true;  // the program begins with a connection
  bool finished = false;
  int busy = 0;  // answers of this connection that invite to try again
  Asking asking = Asking::nothing;
  std::string command;  // of the newest request
  wire::RequestId id;

 private:
  void note_request(std::string_view json) {
    const auto request = test::read_strictly(json);
    SOCKCHAT_CHECK(request.has_value());
    for (const std::string& word : request->data) {
      const auto secret = sent_.find(word);
      if (secret == sent_.end()) continue;
      SOCKCHAT_CHECK(request->command == "login" || request->command == "passwd");
      SOCKCHAT_CHECK(++secret->second <= 1 + busy);
    }
    if (request->command == "ack" || request->command == "pong" || request->command == "active" ||
        request->command == "relay")
      return;
    command = request->command;
    id = request->id;
  }
  void check_no_secret(std::string_view line) const { SOCKCHAT_CHECK(!line.contains('\x7f')); }

  const ClientConfig& config_;
  std::map<std::string, int> sent_;  // what was typed in secret, and how often it went out
  int cids_ = 0;
  int secrets_ = 0;
};

ClientConfig config_of(std::uint8_t how) {
  ClientConfig config{.server = "localhost:4000"};
  if (how & 1) config.format = Format::json;
  config.ascii = (how & 2) != 0;
  config.on_terminal = (how & 4) != 0;
  config.password_again = (how & 8) != 0;
  if (how & 16) config.user = "hans";
  return config;
}

class Play final {
 public:
  explicit Play(std::string_view input)
      : rest_(input), how_(take_byte(rest_)), config_(config_of(how_)), watch_(config_), memory_(disk_) {
    memory_.usable = (how_ & 32) == 0;
    core_ = std::make_unique<ClientCore>(config_of(how_), watch_, (how_ & 64) != 0 ? &memory_ : nullptr);
  }

  void run() {
    for (int steps = 0; steps < kStepsMax && !rest_.empty(); ++steps) act(take_byte(rest_));
    core_->on_interrupt(now_);
    core_->on_flushed();
    wait(seconds(10));
    SOCKCHAT_CHECK(watch_.finished);
  }

 private:
  void act(std::uint8_t what) {
    switch (what % 16) {
      case 0:
        return connect(take_byte(rest_) % 4 != 0);
      case 1:
        if (std::exchange(watch_.is_connected, false)) core_->on_lost(now_);
        return;
      case 2:
        return wait(milliseconds(1LL << take_byte(rest_) % 18));
      case 3:
        return core_->on_flushed();
      case 4:
        return static_cast<void>(memory_.step());
      case 5:
        return memory_.settle();
      case 6:
      case 7:
      case 8:
        return type();
      case 9:
        return odd(take_byte(rest_));
      case 10:
        return receive(take_text());
      case 11:
        return receive(mutated(event()));
      case 12:
      case 13:
        return receive(event());
      default:
        return receive(reply());
    }
  }

  void connect(bool succeeds) {
    if (!watch_.may_connect || watch_.is_connected || watch_.finished) return;
    if (succeeds) {
      watch_.connected();
      core_->on_connected(now_);
    } else {
      watch_.may_connect = false;
      core_->on_unreachable(now_);
    }
  }

  void odd(std::uint8_t which) {
    switch (which % 32) {
      case 0:
        return core_->on_interrupt(now_);
      case 1:
        if (core_->wants_line()) core_->on_end_of_input(now_);
        return;
      case 2:
        if (watch_.is_connected) core_->on_bad_frame(now_);
        return;
      case 3:
        memory_.failure = Error{Errc::storage, "the disk \x1b[2J is full"};
        return;
      default:
        if (watch_.is_connected) core_->on_reading(which % 2 == 0, now_);
    }
  }

  void type() {
    const std::uint8_t which = take_byte(rest_);
    if (!core_->wants_line()) return;
    if (is_secret(watch_.asking)) return core_->on_line(watch_.type_secret(), now_);
    core_->on_line(which < 200 ? kLines[which % std::size(kLines)] : take_raw(), now_);
  }

  void wait(Duration by) {
    now_ += by;
    core_->tick(now_);
  }

  void receive(std::string_view json) {
    if (!watch_.is_connected || json.empty()) return;
    if (json.contains("busy") || json.contains("rate_limited")) ++watch_.busy;
    test::PaddedText text(json);
    core_->on_frame(text.span(), now_);
  }

  std::string event() {
    std::string frame;
    wire::FrameWriter writer(frame);
    const std::uint8_t which = take_byte(rest_);
    const std::string_view kind = kEvents[which % std::size(kEvents)];
    const std::string first =
        kind == "logout" ? std::string(kReasons[take_byte(rest_) % std::size(kReasons)]) : take_text();
    const std::string second = kind == "presence" && which > 127 ? "online" : take_text();
    writer.text("command", kind).list("data", std::array{std::string_view(first), std::string_view(second)});
    if (which & 8) writer.text("mid", fmt::format("{}", take_byte(rest_)));
    if (which & 16) writer.text("time", which & 32 ? "2026-11-22T12:00:00.123Z" : take_text());
    if (which & 64) writer.flag("stored", true);
    writer.finish();
    return frame.substr(4);
  }

  // To what the client asked last, or to nothing that it asked.
  std::string reply() {
    std::string frame;
    wire::FrameWriter writer(frame);
    const std::uint8_t which = take_byte(rest_);
    const bool ok = which % 3 != 0;
    writer.text("status", ok ? "ok" : "error");
    writer.text("command", (which & 128) != 0 ? std::string_view("login") : std::string_view(watch_.command));
    if (const auto* number = std::get_if<std::uint64_t>(&watch_.id))
      writer.number("id", *number + ((which & 128) != 0 ? 1 : 0));
    if (!ok) writer.text("code", kCodes[take_byte(rest_) % std::size(kCodes)]);
    const std::string word = (which & 8) != 0 ? "1842" : take_text();
    writer.list("data", std::array{std::string_view(word)});
    if (which & 16) writer.text("token", take_text());
    if (which & 32) writer.number("retry_after", take_byte(rest_));
    if (which & 64) writer.number("waiting", take_byte(rest_) % 4);
    writer.finish();
    return frame.substr(4);
  }

  std::string mutated(std::string json) {
    const std::size_t at = take_byte(rest_) % json.size();
    json[at] = static_cast<char>(take_byte(rest_));
    return json;
  }

  std::string take_raw() {
    const std::size_t size = std::min<std::size_t>(take_byte(rest_) % 64, rest_.size());
    std::string raw(rest_.substr(0, size));
    rest_.remove_prefix(size);
    std::erase(raw, '\x7f');
    std::erase(raw, '\n');
    return raw;
  }
  // As far as it is UTF-8.
  std::string take_text() {
    const std::string raw = take_raw();
    std::string text;
    std::string_view left = raw;
    while (!left.empty() && test::strict::take_utf8(left, text)) {
    }
    return text;
  }

  std::string_view rest_;
  const std::uint8_t how_;
  const ClientConfig config_;
  Watch watch_;
  Disk disk_;
  FakeMemory memory_;
  TimePoint now_ = TimePoint() + std::chrono::hours(1);
  std::unique_ptr<ClientCore> core_;
};

}  // namespace
}  // namespace sockchat::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockchat;
  fuzz::Play(fuzz::text_of(data, size)).run();
  return 0;
}
