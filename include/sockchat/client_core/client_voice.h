// How the client speaks to its user: lines for people, or JSON for programs, one object a line. One thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "sockchat/client_core/client_config.h"
#include "sockchat/client_core/client_output.h"

namespace sockchat::client_core {

class ClientVoice final {
 public:
  struct Member {
    std::string_view name;
    std::string_view value;
  };

  // `output` must outlive it.
  ClientVoice(const ClientConfig& config, ClientOutput& output);

  // A frame as it came: for programs only.
  void frame(std::span<const char> json);
  // The lines that stand for a frame: for people only.
  void show(std::span<const std::string> lines);
  void show(std::string_view line);
  // What the client itself has to say; note() is beside the conversation (stderr).
  void say(std::string_view sentence);
  void note(std::string_view sentence);
  // What happens in private chats: lines for people, an object with these members for programs.
  void chat(std::string_view event, std::string_view user, std::span<const Member> members,
            std::span<const std::string> lines);
  // The state of the connection. People are told nothing of the first one.
  void connected();
  void reconnecting();
  void reconnected(bool resumed);

 private:
  void news(std::string_view kind, std::string_view member, std::string_view text,
            std::string_view more = {});

  const Format format_;
  const bool ascii_;
  const std::string server_;
  ClientOutput& output_;
};

}  // namespace sockchat::client_core
