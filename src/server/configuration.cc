#include "server/configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "server/config_file.h"
#include "server/settings.h"

namespace sockchat::server {
namespace {

// What a running server takes; everything else is built into what stands.
constexpr auto kTakenAtOnce = std::to_array<std::string_view>({
    "log-level",
    "registration",
    "tls-cert",
    "tls-key",
    "message_rate",
    "message_burst",
    "broadcast_rate",
    "broadcast_burst",
    "query_rate",
    "query_burst",
    "private_invites_minute",
});

bool is_taken_at_once(std::string_view name) {
  return std::ranges::find(kTakenAtOnce, name) != kTakenAtOnce.end();
}

bool mentions(std::span<const Assignment> assignments, const Setting& setting) {
  return std::ranges::find(assignments, &setting, &Assignment::setting) != assignments.end();
}

Result<ServeOptions> read_all(const ServeCommand& command) {
  if (command.config_file.empty()) return combine(command, {});
  const auto from_file = read_config(command.config_file);
  if (!from_file) return tl::unexpected(from_file.error());
  return combine(command, *from_file);
}

}  // namespace

void assign_all(ServeOptions& options, std::span<const Assignment> assignments) {
  for (const Assignment& assignment : assignments) {
    static_cast<void>(assignment.setting ? assignment.setting->assign(options, assignment.text)
                                         : set_limit(options.limits, assignment.text));
  }
}

Result<ServeOptions> combine(const ServeCommand& command, std::span<const Assignment> from_file) {
  for (const Setting& setting : settings()) {
    const bool is_required = !setting.flags.starts_with('-');
    if (!is_required || mentions(command.said, setting) || mentions(from_file, setting)) continue;
    return fail(Errc::bad_argument, command.config_file.empty()
                                        ? fmt::format("{} is required", setting.flags)
                                        : fmt::format("{}: {} is set neither there nor on the command line",
                                                      command.config_file, setting.name));
  }
  ServeOptions options;
  options.data_directory = command.data_default;
  assign_all(options, from_file);
  assign_all(options, command.said);
  if (const auto together = check_together(options); !together) {
    const std::string& text = together.error().text;
    return fail(Errc::bad_argument,
                command.config_file.empty() ? text : fmt::format("{}: {}", command.config_file, text));
  }
  return options;
}

std::vector<std::string_view> differences(const ServeOptions& one, const ServeOptions& other) {
  std::vector<std::string_view> names;
  for (const Setting& setting : settings()) {
    if (setting.show(one) != setting.show(other)) names.push_back(setting.name);
  }
  for (const LimitSpec& spec : limit_specs()) {
    const bool differs =
        std::visit([&](auto field) { return one.limits.*field != other.limits.*field; }, spec.field);
    if (differs) names.push_back(spec.name);
  }
  return names;
}

Configuration::Configuration(ServeCommand command, ServeOptions options)
    : command_(std::move(command)), options_(std::move(options)) {}

Result<Configuration> Configuration::load(ServeCommand command) {
  auto options = read_all(command);
  if (!options) return tl::unexpected(options.error());
  return Configuration(std::move(command), *std::move(options));
}

Result<Change> Configuration::read_again() const {
  auto options = read_all(command_);
  if (!options) return tl::unexpected(options.error());
  auto names = differences(options_, *options);
  std::vector<std::string_view> too_late;
  std::ranges::copy_if(names, std::back_inserter(too_late),
                       [](std::string_view name) { return !is_taken_at_once(name); });
  if (!too_late.empty()) {
    return fail(Errc::bad_argument,
                fmt::format("only a start can take what has changed: {}", fmt::join(too_late, ", ")));
  }
  return Change{*std::move(options), std::move(names)};
}

}  // namespace sockchat::server
