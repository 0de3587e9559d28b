#include "sockchat/client_core/client_voice.h"

#include <fmt/format.h>

#include <algorithm>

#include "sockchat/wire/frame_writer.h"
#include "utf8.h"

namespace sockchat::client_core {

ClientVoice::ClientVoice(const ClientConfig& config, ClientOutput& output)
    : format_(config.format), ascii_(config.ascii), server_(config.server), output_(output) {}

void ClientVoice::frame(std::span<const char> json) {
  if (format_ != Format::json) return;
  std::string line(json.data(), json.size());
  // In valid JSON these stand between its tokens only, where a space means the same.
  std::ranges::replace_if(
      line, [](char byte) { return byte == '\n' || byte == '\r'; }, ' ');
  output_.print(ascii_ ? to_ascii_json(line) : line);
}

void ClientVoice::show(std::span<const std::string> lines) {
  for (const std::string& line : lines) show(line);
}

void ClientVoice::show(std::string_view line) {
  if (format_ == Format::lines) output_.print(line);
}

void ClientVoice::say(std::string_view sentence) {
  if (format_ == Format::json) return news("notice", "text", sentence);
  output_.print(sentence);
}

void ClientVoice::note(std::string_view sentence) {
  if (format_ == Format::json) return news("notice", "text", sentence);
  output_.complain(sentence);
}

void ClientVoice::connected() {
  if (format_ == Format::json) news("connected", "server", server_);
}

void ClientVoice::reconnecting() {
  if (format_ == Format::json) return news("reconnecting", "server", server_);
  output_.print("Connection lost. Reconnecting…");
}

void ClientVoice::reconnected(bool resumed) {
  if (format_ != Format::json) return output_.print("Reconnected");
  news("connected", "server", server_, resumed ? R"(,"resumed":true)" : R"(,"resumed":false)");
}

void ClientVoice::chat(std::string_view event, std::string_view user, std::span<const Member> members,
                       std::span<const std::string> lines) {
  if (format_ != Format::json) return show(lines);
  std::string object = fmt::format(R"({{"client":"private","event":"{}","user":)", event);
  wire::append_json_string(object, user);
  for (const auto& [name, value] : members) {
    object.append(fmt::format(R"(,"{}":)", name));
    wire::append_json_string(object, value);
  }
  object.append("}");
  output_.print(ascii_ ? to_ascii_json(object) : object);
}

void ClientVoice::news(std::string_view kind, std::string_view member, std::string_view text,
                       std::string_view more) {
  std::string line = fmt::format(R"({{"client":"{}","{}":)", kind, member);
  wire::append_json_string(line, text);
  line.append(more).append("}");
  output_.print(line);
}

}  // namespace sockchat::client_core
