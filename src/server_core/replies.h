// Answers, labelled with command and id of their request, and sent in their turn.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server_core/core.h"
#include "sockchat/base/errc.h"
#include "sockchat/base/time.h"
#include "sockchat/wire/frame_writer.h"
#include "sockchat/wire/request_id.h"

namespace sockchat::server_core {

// What an error carries besides its code.
struct ErrorDetail {
  std::string_view sentence{};  // empty: the usual one of the code
  std::optional<std::uint64_t> retry_after{};
  std::optional<std::uint64_t> attempts_left{};
};

// The sentence for people that goes with a code.
[[nodiscard]] std::string_view sentence_of(Errc code);
// Whole seconds, rounded up, at least 1.
[[nodiscard]] std::uint64_t seconds_up(Duration duration);

void encode_error(std::string& out, std::string_view command, const wire::RequestId& id, Errc code,
                  const ErrorDetail& detail = {});
// Status, command and id; the caller adds members and calls finish().
void begin_ok(wire::FrameWriter& writer, std::string_view command, const wire::RequestId& id);
void encode_ok(std::string& out, std::string_view command, const wire::RequestId& id,
               std::initializer_list<std::string_view> data);

void answer_error(Context& context, Errc code, const ErrorDetail& detail = {});
void answer_ok(Context& context, std::initializer_list<std::string_view> data);
// User names, sorted by bytes; cut where the frame would grow too long, and then with "more": true.
void answer_names(Context& context, std::span<const UserId> users);

// Later answers; nothing when the connection is gone.
void settle(Core& core, const PendingReply& reply, std::string_view frame);
void settle_error(Core& core, const PendingReply& reply, Errc code, const ErrorDetail& detail = {});
void settle_ok(Core& core, const PendingReply& reply, std::initializer_list<std::string_view> data);

}  // namespace sockchat::server_core
