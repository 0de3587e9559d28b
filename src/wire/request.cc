#include "sockchat/wire/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sockchat/wire/frame_writer.h"
#include "wire/json_reader.h"

namespace sockchat::wire {
namespace {

constexpr std::size_t kDepthMax = 4;

bool is_cid(std::string_view text) {
  return !text.empty() && text.size() <= kCidBytesMax && std::ranges::all_of(text, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

}  // namespace

struct RequestReader::State {
  explicit State(std::span<const std::string_view> takers) : cid_commands(takers) {}

  JsonReader json{kDepthMax};
  std::span<const std::string_view> cid_commands;

  // Of the request that is being read.
  Request request;
  bool command_seen = false;
  bool data_seen = false;
  bool id_seen = false;
  bool cid_seen = false;
  std::string problem;  // the first one; empty when there is none

  void blame(std::string_view sentence) {
    if (problem.empty()) problem = sentence;
  }

  // True when this is the first member of that name.
  bool first(bool& seen) {
    if (seen) blame("A member appears twice.");
    return !std::exchange(seen, true);
  }

  void take_member();
  void check();
};

// Goes on after a problem: the reply should carry command and id wherever they stand. A member that appears
// twice means neither of its values. (No need to count: more than four members are unknown or appear twice.)
void RequestReader::State::take_member() {
  const std::string_view name = json.name();
  if (name == "command") {
    const auto text = json.text();
    if (!text) blame("command must be a string.");
    request.command = first(command_seen) ? text.value_or("") : "";
  } else if (name == "data") {
    if (!first(data_seen)) return;
    const auto list = json.texts();
    if (!list || !list->only_texts) blame("data must be an array of strings.");
    if (list) request.data = list->texts;
  } else if (name == "id") {
    auto id = json.id();
    if (!id) blame("id must be an integer from 0 to 2^53-1, or a string of at most 64 bytes.");
    request.id = first(id_seen) && id ? std::move(*id) : RequestId();
  } else if (name == "cid") {
    request.cid = json.text();
    first(cid_seen);
    if (!request.cid || !is_cid(*request.cid)) blame("cid must be 1 to 64 of A-Z, a-z, 0-9, _ and -.");
  } else {
    blame("A request has no members but command, data, id and cid.");
  }
}

// What only the whole shows.
void RequestReader::State::check() {
  if (!command_seen) blame("A request needs a command.");
  if (cid_seen && std::ranges::find(cid_commands, request.command) == cid_commands.end())
    blame(fmt::format("Only {} take{} a cid.", fmt::join(cid_commands, " and "),
                      cid_commands.size() == 1 ? "s" : ""));
}

RequestReader::RequestReader(std::span<const std::string_view> cid_commands)
    : state_(std::make_unique<State>(cid_commands)) {}

RequestReader::~RequestReader() = default;

RequestReading RequestReader::read(std::span<char> json) {
  State& state = *state_;
  state.request = {};
  state.command_seen = state.data_seen = state.id_seen = state.cid_seen = false;
  state.problem.clear();

  if (state.json.open(json)) {
    while (state.json.next()) state.take_member();
    state.check();
  } else {
    state.blame("A frame holds one JSON object in UTF-8, at most 4 levels deep.");
  }

  RequestReading reading{std::move(state.request), std::nullopt};
  if (!state.problem.empty()) reading.error = Error{Errc::bad_request, state.problem};
  return reading;
}

void append_request(std::string& out, std::string_view command, std::span<const std::string_view> data,
                    const RequestId& id, std::optional<std::string_view> cid) {
  FrameWriter frame(out);
  frame.text("command", command);
  if (!data.empty()) frame.list("data", data);
  frame.id(id);
  if (cid) frame.text("cid", *cid);
  frame.finish();
}

}  // namespace sockchat::wire
