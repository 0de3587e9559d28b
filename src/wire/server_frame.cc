#include "sockchat/wire/server_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <utility>
#include <vector>

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

bool take_token(const JsonReader& json, ServerFrame& frame) {
  frame.token = json.text();
  return frame.token.has_value();
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
    {"session", take_text<&ServerFrame::session>},
    {"expires", take_number<&ServerFrame::expires>},
    {"role", take_text<&ServerFrame::role>},
    {"reason", take_text<&ServerFrame::reason>},
    {"token", take_token},
    {"cut", take_text_or_null<&ServerFrame::cut>},
    {"unindexed", take_number<&ServerFrame::unindexed>},
    {"stored", take_flag<&ServerFrame::stored>},
    {"skipped", take_flag<&ServerFrame::skipped>},
    {"more", take_flag<&ServerFrame::more>},
    {"resumed", take_flag<&ServerFrame::resumed>},
});
constexpr std::size_t kCommandIndex = 1;
static_assert(kMembers[kCommandIndex].name == "command");

struct ItemMember {
  std::string_view name;
  std::string_view ServerItem::*field;
};

constexpr auto kItemMembers = std::to_array<ItemMember>({
    {"mid", &ServerItem::mid},
    {"from", &ServerItem::from},
    {"to", &ServerItem::to},
    {"text", &ServerItem::text},
    {"time", &ServerItem::time},
    {"login", &ServerItem::login},
    {"logout", &ServerItem::logout},
    {"reason", &ServerItem::reason},
    {"address", &ServerItem::address},
});

constexpr auto kItemNames = [] {
  std::array<std::string_view, kItemMembers.size()> names;
  std::ranges::transform(kItemMembers, names.begin(), &ItemMember::name);
  return names;
}();

// What a reply that was so large took is given back at the next frame.
constexpr std::size_t kItemsKept = 256;

void read_items(JsonReader& json, std::vector<ServerItem>& items) {
  const auto fields = json.fields(kItemNames, kServerItemsMax);
  for (std::size_t at = 0; at < fields.size(); at += kItemMembers.size()) {
    ServerItem& item = items.emplace_back();
    for (std::size_t i = 0; i < kItemMembers.size(); ++i) item.*kItemMembers[i].field = fields[at + i];
  }
}

tl::unexpected<Error> wrong(std::string_view what) {
  return fail(Errc::bad_frame, fmt::format("The server sent a frame {}.", what));
}

}  // namespace

struct ServerFrameReader::State {
  JsonReader json{kDepthMax};
  std::vector<ServerItem> items;

  void forget_items() {
    if (items.capacity() > kItemsKept) items = std::vector<ServerItem>();
    items.clear();
  }
};

ServerFrameReader::ServerFrameReader() : state_(std::make_unique<State>()) {}

ServerFrameReader::~ServerFrameReader() = default;

Result<ServerFrame> ServerFrameReader::read(std::span<char> json) {
  State& state = *state_;
  state.forget_items();
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
      if (!list->only_texts) read_items(state.json, state.items);
      frame.items = state.items;
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
