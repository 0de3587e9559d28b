// The one file that knows simdjson. Its DOM looks at every byte of the text, where its On-Demand reader skips
// what is not asked for and so accepts `{"a":"x",,,,}`; the price is 20 ns a message. What the DOM lets pass
// is caught here and in the callers: the first of duplicate members wins, and a lone low surrogate is decoded
// to bytes that are no UTF-8.
#include "json_reader.h"

#include <simdjson.h>

#include <algorithm>
#include <bit>

#include "sockchat/base/byte_buffer.h"
#include "sockchat/base/check.h"

namespace sockchat::wire {
namespace {

static_assert(simdjson::SIMDJSON_PADDING <= ByteBuffer::kPadding);

// The parser needs 14 bytes for each byte of its capacity. It starts with what most frames fit into, and what
// a frame beyond a client's largest (that is a server's list, up to 14 MiB) made it take is given back at the
// next small one.
constexpr std::size_t kCapacityAtStart = 4 * 1024;
constexpr std::size_t kCapacityKept = 64 * 1024;

// The text was checked as UTF-8, so the bytes of a surrogate can only come from an escape without its other
// half.
bool has_lone_surrogate(std::string_view text) {
  for (std::size_t at = text.find('\xED'); at < text.size(); at = text.find('\xED', at + 1)) {
    if (static_cast<unsigned char>(text[at + 1]) >= 0xA0) return true;
  }
  return false;
}

std::optional<std::string_view> usable_text(simdjson::dom::element value) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS || has_lone_surrogate(text)) return std::nullopt;
  return text;
}

}  // namespace

struct JsonReader::State {
  std::size_t depth_max;
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  simdjson::dom::object::iterator member;
  bool started = false;

  // False without memory for a text of that size. Powers of two, or slowly growing texts would allocate each
  // time.
  bool fit(std::size_t size) {
    const std::size_t capacity = parser.capacity();
    if (size <= capacity && (capacity <= kCapacityKept || size > kCapacityKept)) return true;
    object = {};
    parser = simdjson::dom::parser();
    return parser.allocate(std::bit_ceil(std::max(size, kCapacityAtStart)), depth_max) == simdjson::SUCCESS;
  }
};

JsonReader::JsonReader(std::size_t depth_max) : state_(std::make_unique<State>()) {
  state_->depth_max = depth_max;
}

JsonReader::~JsonReader() = default;

bool JsonReader::open(std::span<const char> json) {
  State& state = *state_;
  state.started = false;
  // False for "no copy": the padding is there.
  return state.fit(json.size()) &&
         state.parser.parse(json.data(), json.size(), false).get(state.object) == simdjson::SUCCESS;
}

bool JsonReader::next() {
  State& state = *state_;
  if (state.started) {
    ++state.member;
  } else {
    state.member = state.object.begin();
    state.started = true;
  }
  return state.member != state.object.end();
}

std::string_view JsonReader::name() const { return state_->member.key(); }

std::optional<std::string_view> JsonReader::text() const { return usable_text(state_->member.value()); }

std::optional<std::uint64_t> JsonReader::whole_number() const {
  std::uint64_t number = 0;
  if (state_->member.value().get_uint64().get(number) != simdjson::SUCCESS) return std::nullopt;
  return number;
}

std::optional<bool> JsonReader::flag() const {
  bool flag = false;
  if (state_->member.value().get_bool().get(flag) != simdjson::SUCCESS) return std::nullopt;
  return flag;
}

bool JsonReader::is_null() const { return state_->member.value().is_null(); }

std::optional<RequestId> JsonReader::id() const {
  if (const auto number = whole_number(); number && *number <= kRequestIdMax) return RequestId(*number);
  if (const auto word = text(); word && word->size() <= kRequestIdBytesMax)
    return RequestId(std::string(*word));
  return std::nullopt;
}

JsonReader::Items JsonReader::texts(std::vector<std::string_view>& to) const {
  simdjson::dom::array list;
  if (state_->member.value().get_array().get(list) != simdjson::SUCCESS) return Items::no_list;
  Items seen = Items::texts;
  for (const simdjson::dom::element item : list) {
    if (const auto text = usable_text(item)) {
      to.push_back(*text);
    } else {
      seen = Items::mixed;
    }
  }
  return seen;
}

}  // namespace sockchat::wire
