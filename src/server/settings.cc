#include "server/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "sockchat/net/socket.h"

namespace sockchat::server {
namespace {

using enum SettingKind;
using Shown = std::optional<std::string>;

// 31 years: far from the ends of every clock.
constexpr std::uint64_t kSecondsMax = 1'000'000'000;
constexpr std::uint64_t kHashMemoryMaxKib = 4'194'304;
constexpr std::uint64_t kHashIterationsMax = 1000;
constexpr std::uint64_t kKeepDaysMax = 36'500;

// Digits alone: no sign, no space, no "0x".
template <std::uint64_t kSmallest, std::uint64_t kLargest, auto kStore>
Result<void> assign_number(ServeOptions& options, std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc() || rest != end || value < kSmallest || value > kLargest) {
    return fail(Errc::bad_argument,
                fmt::format("'{}' is not a whole number from {} to {}", text, kSmallest, kLargest));
  }
  kStore(options, value);
  return {};
}

Shown show_seconds(Duration duration) {
  if (duration == Duration::zero()) return std::nullopt;
  return fmt::to_string(std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

template <auto kMember>
Result<void> assign_text(ServeOptions& options, std::string_view text) {
  if (text.empty()) return fail(Errc::bad_argument, "an empty name");
  options.*kMember = text;
  return {};
}

template <auto kMember>
Shown show_text(const ServeOptions& options) {
  const std::string& text = options.*kMember;
  return text.empty() ? Shown() : Shown(text);
}

Result<void> assign_address(ServeOptions& options, std::string_view text) {
  if (!net::SocketAddress::parse(std::string(text), 0))
    return fail(Errc::bad_argument, fmt::format("'{}' is no numeric address", text));
  options.bind = text;
  return {};
}

template <class Value>
using Word = std::pair<std::string_view, Value>;

constexpr auto kStores =
    std::to_array<Word<StoreKind>>({{"sqlite", StoreKind::sqlite}, {"memory", StoreKind::memory}});
constexpr auto kPlaintexts = std::to_array<Word<Plaintext>>(
    {{"loopback", Plaintext::loopback}, {"never", Plaintext::never}, {"any", Plaintext::any}});
constexpr auto kRegistrations = std::to_array<Word<bool>>({{"closed", false}, {"open", true}});
constexpr auto kFlagWords = std::to_array<Word<bool>>({{"false", false}, {"true", true}});
constexpr auto kLogLevels = std::to_array<Word<spdlog::level::level_enum>>({
    {"trace", spdlog::level::trace},
    {"debug", spdlog::level::debug},
    {"info", spdlog::level::info},
    {"warn", spdlog::level::warn},
    {"error", spdlog::level::err},
    {"off", spdlog::level::off},
});

template <auto kMember, const auto& kWords>
Result<void> assign_word(ServeOptions& options, std::string_view text) {
  std::string listed;
  for (const auto& [word, value] : kWords) {
    if (word == text) {
      options.*kMember = value;
      return {};
    }
    listed += fmt::format("{}{}", listed.empty() ? "" : "|", word);
  }
  return fail(Errc::bad_argument, fmt::format("'{}' is not one of {}", text, listed));
}

template <auto kMember, const auto& kWords>
Shown show_word(const ServeOptions& options) {
  for (const auto& [word, value] : kWords) {
    if (value == options.*kMember) return std::string(word);
  }
  return std::nullopt;
}

// Shorthands for the rows below.
using Options = ServeOptions;
using Given = const ServeOptions&;
using Number = std::uint64_t;

constexpr auto kSettings = std::to_array<Setting>({
    {"port", "server_port", number, "", "the TCP port; 0 takes a free one",
     assign_number<0, 65'535, [](Options& o, Number n) { o.port = static_cast<std::uint16_t>(n); }>,
     [](Given o) -> Shown { return fmt::to_string(o.port); }},
    {"block-duration", "block_duration", number, "", "seconds for which wrong passwords shut a name",
     assign_number<1, kSecondsMax, [](Options& o, Number n) { o.block_duration = std::chrono::seconds(n); }>,
     [](Given o) { return show_seconds(o.block_duration); }},
    {"timeout", "timeout", number, "", "seconds without activity after which a user is logged out",
     assign_number<1, kSecondsMax, [](Options& o, Number n) { o.idle_timeout = std::chrono::seconds(n); }>,
     [](Given o) { return show_seconds(o.idle_timeout); }},
    {"bind", "--bind", text, "ADDR", "the address to listen on; default: all, IPv6 and IPv4", assign_address,
     show_text<&Options::bind>},
    {"data", "--data", text, "DIR", "where everything is kept", assign_text<&Options::data_directory>,
     show_text<&Options::data_directory>},
    {"credentials", "--credentials", text, "FILE",
     "accounts to import, `name password` a line; default: ./credentials.txt where there is one",
     [](Options& o, std::string_view path) -> Result<void> {
       // An empty name is one that cannot be opened.
       o.credentials = path;
       return {};
     },
     [](Given o) -> Shown { return o.credentials; }},
    {"store", "--store", choice, "sqlite|memory",
     "memory leaves the data directory alone and forgets everything at the end",
     assign_word<&Options::store, kStores>, show_word<&Options::store, kStores>},
    {"keep-days", "--keep-days", number, "N", "remove messages that are older; default: keep them for ever",
     assign_number<1, kKeepDaysMax, [](Options& o, Number n) { o.keep = std::chrono::days(n); }>,
     [](Given o) -> Shown {
       if (!o.keep) return std::nullopt;
       return fmt::to_string(std::chrono::duration_cast<std::chrono::days>(*o.keep).count());
     }},
    {"plaintext", "--plaintext", choice, "loopback|never|any", "who may connect in clear text",
     assign_word<&Options::plaintext, kPlaintexts>, show_word<&Options::plaintext, kPlaintexts>},
    {"tls-cert", "--tls-cert", text, "FILE",
     "the certificate and its chain, PEM; default: an own one, in the data directory",
     assign_text<&Options::tls_certificate>, show_text<&Options::tls_certificate>},
    {"tls-key", "--tls-key", text, "FILE", "the key of tls-cert, PEM", assign_text<&Options::tls_key>,
     show_text<&Options::tls_key>},
    {"registration", "--registration", choice, "closed|open", "whether strangers may register",
     assign_word<&Options::registration_open, kRegistrations>,
     show_word<&Options::registration_open, kRegistrations>},
    {"presence-history", "--presence-history", flag, "",
     "whoelsesince also counts the logins of earlier runs",
     assign_word<&Options::presence_history, kFlagWords>, show_word<&Options::presence_history, kFlagWords>},
    {"port-file", "--port-file", text, "FILE", "gets the real port, once the server answers",
     assign_text<&Options::port_file>, show_text<&Options::port_file>},
    {"log-level", "-d,--log-level", choice, "trace|debug|info|warn|error|off", "on stderr",
     assign_word<&Options::log_level, kLogLevels>, show_word<&Options::log_level, kLogLevels>},
    {"hash-memory", "--hash-memory", number, "KIB", "Argon2id's memory for new hashes, in KiB",
     assign_number<8, kHashMemoryMaxKib,
                   [](Options& o, Number n) { o.hash_cost.memory_kib = static_cast<std::uint32_t>(n); }>,
     [](Given o) -> Shown { return fmt::to_string(o.hash_cost.memory_kib); }},
    {"hash-iterations", "--hash-iterations", number, "N", "Argon2id's passes for new hashes",
     assign_number<1, kHashIterationsMax,
                   [](Options& o, Number n) { o.hash_cost.iterations = static_cast<std::uint32_t>(n); }>,
     [](Given o) -> Shown { return fmt::to_string(o.hash_cost.iterations); }},
});

}  // namespace

std::span<const Setting> settings() { return kSettings; }

const Setting* find_setting(std::string_view name) {
  const auto found = std::ranges::find(kSettings, name, &Setting::name);
  return found == kSettings.end() ? nullptr : &*found;
}

Result<void> check_together(const ServeOptions& options) {
  if (options.store == StoreKind::memory && options.keep)
    return fail(Errc::bad_argument, "store memory keeps nothing: no keep-days");
  if (options.tls_certificate.empty() != options.tls_key.empty())
    return fail(Errc::bad_argument, "tls-cert and tls-key go together: neither does without the other");
  return {};
}

}  // namespace sockchat::server
