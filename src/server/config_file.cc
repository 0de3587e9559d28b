#include "server/config_file.h"

#include <fmt/format.h>

// Its errors are values then.
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

#include "server/log.h"
#include "server/settings.h"
#include "sockchat/base/limits.h"
#include "sockchat/net/small_file.h"

namespace sockchat::server {
namespace {

constexpr std::size_t kFileBytesMax = std::size_t{1} << 20;
constexpr std::string_view kLimitsTable = "limits";

// What is wrong, and where.
struct Fault {
  toml::source_index line = 0;
  std::string text;
};

std::string_view word_for(toml::node_type type) {
  switch (type) {
    case toml::node_type::string:
      return "a text in quotes";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a number with a fraction";
    case toml::node_type::boolean:
      return "true or false";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::table:
      return "a table";
    default:
      return "a date or a time";
  }
}

toml::node_type type_of(SettingKind kind) {
  switch (kind) {
    case SettingKind::number:
      return toml::node_type::integer;
    case SettingKind::flag:
      return toml::node_type::boolean;
    case SettingKind::text:
    case SettingKind::choice:
      return toml::node_type::string;
  }
  return toml::node_type::none;
}

// As it would stand on the command line. A number with an exponent has none there.
std::optional<std::string> text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return fmt::to_string(number->get());
  if (const auto* truth = node.as_boolean()) return std::string(truth->get() ? "true" : "false");
  if (const auto* number = node.as_floating_point()) {
    std::array<char, 512> digits;  // the longest double has 326
    const auto [end, problem] =
        std::to_chars(digits.data(), digits.data() + digits.size(), number->get(), std::chars_format::fixed);
    if (problem == std::errc()) return std::string(digits.data(), end);
  }
  return std::nullopt;
}

class Reading final {
 public:
  void read(const toml::table& root) {
    for (const auto& [key, node] : root) {
      const auto* const limits = key == kLimitsTable ? node.as_table() : nullptr;
      if (limits) {
        for (const auto& [name, value] : *limits) read_limit(name, value);
      } else if (key == kLimitsTable) {
        note(key, "limits is a table: [limits]");
      } else {
        read_setting(key, node);
      }
    }
  }

  // The first fault of the file, whatever the order in which they were found.
  [[nodiscard]] const std::optional<Fault>& fault() const { return fault_; }
  [[nodiscard]] std::vector<Assignment> take() && { return std::move(found_); }

 private:
  void note(const toml::key& key, std::string text) {
    const auto line = key.source().begin.line;
    if (!fault_ || line < fault_->line) fault_ = Fault{line, std::move(text)};
  }

  void read_setting(const toml::key& key, const toml::node& node) {
    const Setting* const setting = find_setting(key.str());
    if (!setting) return note(key, fmt::format("there is no setting named '{}'", key.str()));
    const toml::node_type wanted = type_of(setting->kind);
    if (node.type() != wanted) {
      return note(key,
                  fmt::format("{} takes {}, not {}", setting->name, word_for(wanted), word_for(node.type())));
    }
    std::string text = text_of(node).value_or("");
    // Where it will be used it would end there.
    if (text.find('\0') != std::string::npos) return note(key, fmt::format("{} holds a NUL", setting->name));
    ServeOptions scratch;
    const auto assigned = setting->assign(scratch, text);
    if (!assigned) return note(key, fmt::format("{}: {}", setting->name, assigned.error().text));
    found_.emplace_back(setting, std::move(text));
  }

  void read_limit(const toml::key& key, const toml::node& node) {
    if (std::ranges::find(limit_specs(), key.str(), &LimitSpec::name) == limit_specs().end())
      return note(key, fmt::format("there is no limit named '{}'; --help-limits lists them", key.str()));
    const auto text = node.is_boolean() ? std::nullopt : text_of(node);
    if (!text) {
      return note(key, fmt::format("limit {} takes a number, or a size in quotes, not {}", key.str(),
                                   word_for(node.type())));
    }
    std::string assignment = fmt::format("{}={}", key.str(), *text);
    Limits scratch;
    if (const auto set = set_limit(scratch, assignment); !set) return note(key, set.error().text);
    found_.emplace_back(nullptr, std::move(assignment));
  }

  std::vector<Assignment> found_;
  std::optional<Fault> fault_;
};

// Names and values come out of the file: whatever they hold, the line stays one.
tl::unexpected<Error> refuse(std::string_view file_name, toml::source_index line, std::string_view what) {
  std::string text;
  append_escaped(text, fmt::format("{}:{}: {}", file_name, line, what), false);
  return fail(Errc::bad_argument, std::move(text));
}

}  // namespace

Result<std::vector<Assignment>> parse_config(std::string_view text, std::string_view file_name) {
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) return refuse(file_name, parsed.error().source().begin.line, parsed.error().description());
  Reading reading;
  reading.read(parsed.table());
  if (const auto& fault = reading.fault()) return refuse(file_name, fault->line, fault->text);
  return std::move(reading).take();
}

Result<std::vector<Assignment>> read_config(const std::string& path) {
  const auto text = net::read_small_file(path, kFileBytesMax);
  if (!text) return tl::unexpected(text.error());
  return parse_config(text->reveal(), path);
}

}  // namespace sockchat::server
