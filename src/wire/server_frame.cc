#include "sockchat/wire/server_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <utility>

#include "wire/json_reader.h"

namespace sockchat::wire {
namespace {

// Deeper than anything that a server sends today; members that nobody knows yet may nest a little.
constexpr std::size_t kDepthMax = 16;

// Each taker says whether the member had its type.

template <std::string_view ServerFrame::*kField>
bool take_text(const JsonReader& json, ServerFrame& frame) {
  const auto text = json.text();
  if (text) frame.*kField = *text;
  return text.has_value();
}

// "Never" is null on the wire, and empty here.
template <std::string_view ServerFrame::*kField>
bool take_text_or_null(const JsonReader& json, ServerFrame& frame) {
  return json.is_null() || take_text<kField>(json, frame);
}

template <std::optional<std::uint64_t> ServerFrame::*kField>
bool take_number(const JsonReader& json, ServerFrame& frame) {
  frame.*kField = json.whole_number();
  return (frame.*kField).has_value();
}

template <bool ServerFrame::*kField>
bool take_flag(const JsonReader& json, ServerFrame& frame) {
  const auto flag = json.flag();
  frame.*kField = flag.value_or(false);
  return flag.has_value();
}

bool take_id(const JsonReader& json, ServerFrame& frame) {
  auto id = json.id();
  if (id) frame.id = std::move(*id);
  return id.has_value();
}

bool take_status(const JsonReader& json, ServerFrame& frame) {
  const auto status = json.text();
  frame.kind = status == "ok" ? ServerFrameKind::ok : ServerFrameKind::error;
  return status == "ok" || status == "error";
}

struct MemberSpec {
  std::string_view name;
  bool (*take)(const JsonReader&, ServerFrame&);
};

constexpr auto kMembers = std::to_array<MemberSpec>({
    {"status", take_status},
    {"command", take_text<&ServerFrame::command>},
    {"id", take_id},
    {"code", take_text<&ServerFrame::code>},
    {"mid", take_text<&ServerFrame::mid>},
    {"time", take_text<&ServerFrame::time>},
    {"delivery", take_text<&ServerFrame::delivery>},
    {"last_login", take_text_or_null<&ServerFrame::last_login>},
    {"attempts_left", take_number<&ServerFrame::attempts_left>},
    {"retry_after", take_number<&ServerFrame::retry_after>},
    {"failed", take_number<&ServerFrame::failed>},
    {"waiting", take_number<&ServerFrame::waiting>},
    {"stored", take_flag<&ServerFrame::stored>},
    {"skipped", take_flag<&ServerFrame::skipped>},
    {"more", take_flag<&ServerFrame::more>},
});
constexpr std::size_t kCommandIndex = 1;
static_assert(kMembers[kCommandIndex].name == "command");

tl::unexpected<Error> wrong(std::string_view what) {
  return fail(Errc::bad_frame, fmt::format("The server sent a frame {}.", what));
}

}  // namespace

struct ServerFrameReader::State {
  JsonReader json{kDepthMax};
};

ServerFrameReader::ServerFrameReader() : state_(std::make_unique<State>()) {}

ServerFrameReader::~ServerFrameReader() = default;

Result<ServerFrame> ServerFrameReader::read(std::span<char> json) {
  State& state = *state_;
  if (!state.json.open(json)) return wrong("that is no JSON object");

  ServerFrame frame;
  std::bitset<kMembers.size()> seen;
  bool data_seen = false;
  while (state.json.next()) {
    const std::string_view name = state.json.name();
    if (name == "data") {
      if (std::exchange(data_seen, true)) return wrong("with data twice");
      const auto list = state.json.texts();
      if (!list) return wrong("whose data is no array");
      frame.data = list->texts;
      continue;
    }
    const auto spec = std::ranges::find(kMembers, name, &MemberSpec::name);
    if (spec == kMembers.end()) continue;
    const auto index = static_cast<std::size_t>(spec - kMembers.begin());
    if (seen[index]) return wrong("with a member twice");
    seen[index] = true;
    if (!spec->take(state.json, frame)) return wrong("with a member of a wrong type");
  }

  if (!seen[kCommandIndex]) return wrong("without a command");
  if (frame.kind == ServerFrameKind::event && frame.command.empty())
    return wrong("that is no reply and names no event");
  if (frame.kind == ServerFrameKind::error && frame.code.empty())
    return wrong("that is an error without a code");
  return frame;
}

}  // namespace sockchat::wire
