// One function for each command: what it does. The arguments are decoded, the access is checked, the activity
// noted and the rate charged before it runs; it answers, or sees to it that an answer comes.
#pragma once

#include "server_core/core.h"
#include "sockchat/wire/requests.h"

namespace sockchat::server_core {

// handlers_account.cc
void handle(Context& context, const wire::Hello& hello);
void handle(Context& context, const wire::Login& login);
void handle(Context& context, const wire::Register& registration);
void handle(Context& context, const wire::Resume& resume);
void handle(Context& context, const wire::Passwd& passwd);
void handle(Context& context, const wire::Logout& logout);

// handlers_message.cc
void handle(Context& context, const wire::Message& message);
void handle(Context& context, const wire::Broadcast& broadcast);
void handle(Context& context, const wire::Ack& ack);

// handlers_history.cc
void handle(Context& context, const wire::History& history);
void handle(Context& context, const wire::Search& search);
void handle(Context& context, const wire::Sessions& sessions);

// handlers_block.cc
void handle(Context& context, const wire::Block& block);
void handle(Context& context, const wire::Unblock& unblock);
void handle(Context& context, const wire::Blocked& blocked);

// handlers_private.cc
void handle(Context& context, const wire::Listen& listen);
void handle(Context& context, const wire::StartPrivate& start);
void handle(Context& context, const wire::Answer& answer);
void handle(Context& context, const wire::Relay& relay);
void handle(Context& context, const wire::StopPrivate& stop);
void handle(Context& context, const wire::Active& active);

// handlers_presence.cc
void handle(Context& context, const wire::WhoElse& who);
void handle(Context& context, const wire::WhoElseSince& who);
void handle(Context& context, const wire::Ping& ping);
void handle(Context& context, const wire::Pong& pong);

}  // namespace sockchat::server_core
