// Reads one JSON object member by member, in our own types: nobody else in the house knows which parser does
// it. The whole text is validated before the first member is seen. Reuses its memory; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "sockchat/wire/request_id.h"

namespace sockchat::wire {

class JsonReader final {
 public:
  // Text nested deeper than `depth_max` (the object itself is the first level) is refused, and costs no
  // stack.
  explicit JsonReader(std::size_t depth_max);
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;
  ~JsonReader();

  // False when `json` is not exactly one valid object. 64 bytes behind it must be readable. Ends the life of
  // all views handed out before.
  [[nodiscard]] bool open(std::span<const char> json);

  // Steps to the next member; false behind the last one. The first call after open() goes to the first.
  [[nodiscard]] bool next();

  // About the member that next() went to. Texts are decoded; they are views into the reader's memory.
  // Absent means: of another type.
  [[nodiscard]] std::string_view name() const;
  [[nodiscard]] std::optional<std::string_view> text() const;
  [[nodiscard]] std::optional<std::uint64_t> whole_number() const;
  [[nodiscard]] std::optional<bool> flag() const;
  [[nodiscard]] bool is_null() const;
  // An `id` as requests and replies carry it.
  [[nodiscard]] std::optional<RequestId> id() const;

  struct Texts {
    std::span<const std::string_view> texts;
    bool only_texts;  // else the list held something that is left out
  };
  // Of a list. One at a time: the next call ends the view of the one before.
  [[nodiscard]] std::optional<Texts> texts();

  // Of a list: what each of its objects says in the members `names`, names.size() texts for each object. What
  // is absent there, or no text, is empty; what else the list holds is left out, and so are objects behind
  // the first `objects_max`. The next call ends the view of the one before.
  [[nodiscard]] std::span<const std::string_view> fields(std::span<const std::string_view> names,
                                                         std::size_t objects_max);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sockchat::wire
