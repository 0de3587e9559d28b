// The one file that knows simdjson. Its DOM looks at every byte of the text, where its On-Demand reader skips
// what is not asked for and so accepts `{"a":"x",,,,}`; the price is 20 ns a message. The DOM refuses invalid
// UTF-8, lone surrogates and raw control characters; duplicate members pass it, and are for the caller to
// find. The unit tests hold every code point and thousands of damaged texts against a reference of our own.
#include "wire/json_reader.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <vector>

#include "sockchat/base/byte_buffer.h"
#include "sockchat/wire/library_version.h"

namespace sockchat::wire {
namespace {

static_assert(simdjson::SIMDJSON_PADDING <= ByteBuffer::kPadding);

// The parser needs 14 bytes for each byte of its capacity, a list 16 for each of its texts. It starts with
// what most frames fit into; what a frame beyond a client's largest made it take is given back at the next
// small one.
constexpr std::size_t kCapacityAtStart = 4 * 1024;
constexpr std::size_t kCapacityKept = 64 * 1024;
constexpr std::size_t kTextsKept = 1024;

}  // namespace

struct JsonReader::State {
  std::size_t depth_max;
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  simdjson::dom::object::iterator member;
  bool started = false;
  std::vector<std::string_view> texts;
  std::vector<std::string_view> fields;

  // False when there is no memory for a text of that size. Powers of two, or slowly growing texts would
  // allocate each time.
  bool fit(std::size_t size) {
    const std::size_t capacity = parser.capacity();
    if (size <= capacity && (capacity <= kCapacityKept || size > kCapacityKept)) return true;
    object = {};
    parser = simdjson::dom::parser();
    // Its "maximum" is the first depth that it refuses.
    return parser.allocate(std::bit_ceil(std::max(size, kCapacityAtStart)), depth_max + 1) ==
           simdjson::SUCCESS;
  }
};

JsonReader::JsonReader(std::size_t depth_max) : state_(std::make_unique<State>()) {
  state_->depth_max = depth_max;
}

JsonReader::~JsonReader() = default;

bool JsonReader::open(std::span<const char> json) {
  State& state = *state_;
  state.started = false;
  // Named in full: `= {}` would assign an empty list, and keep the memory.
  if (state.texts.capacity() > kTextsKept) state.texts = std::vector<std::string_view>();
  if (state.fields.capacity() > kTextsKept) state.fields = std::vector<std::string_view>();
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

std::optional<std::string_view> JsonReader::text() const {
  std::string_view text;
  if (state_->member.value().get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
  return text;
}

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

std::optional<JsonReader::Texts> JsonReader::texts() {
  simdjson::dom::array list;
  if (state_->member.value().get_array().get(list) != simdjson::SUCCESS) return std::nullopt;
  std::vector<std::string_view>& texts = state_->texts;
  texts.clear();
  bool only_texts = true;
  for (const simdjson::dom::element item : list) {
    std::string_view text;
    if (item.get_string().get(text) == simdjson::SUCCESS) {
      texts.push_back(text);
    } else {
      only_texts = false;
    }
  }
  return Texts{texts, only_texts};
}

std::span<const std::string_view> JsonReader::fields(std::span<const std::string_view> names,
                                                     std::size_t objects_max) {
  std::vector<std::string_view>& fields = state_->fields;
  fields.clear();
  simdjson::dom::array list;
  if (state_->member.value().get_array().get(list) != simdjson::SUCCESS) return {};
  for (const simdjson::dom::element item : list) {
    simdjson::dom::object object;
    if (item.get_object().get(object) != simdjson::SUCCESS) continue;
    if (objects_max-- == 0) break;
    const std::size_t first = fields.size();
    fields.resize(first + names.size());
    for (const auto [name, value] : object) {
      const auto known = std::ranges::find(names, name);
      std::string_view text;
      if (known == names.end() || value.get_string().get(text) != simdjson::SUCCESS) continue;
      fields[first + static_cast<std::size_t>(known - names.begin())] = text;
    }
  }
  return fields;
}

std::string simdjson_version() {
  return fmt::format("{}.{}.{}", int{simdjson::SIMDJSON_VERSION_MAJOR}, int{simdjson::SIMDJSON_VERSION_MINOR},
                     int{simdjson::SIMDJSON_VERSION_REVISION});
}

}  // namespace sockchat::wire
