#include <algorithm>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

#include "server_core/handlers.h"
#include "server_core/replies.h"
#include "sockchat/wire/frame.h"

namespace sockchat::server_core {
namespace {

constexpr std::string_view kEveryone = "*";
// Of a message in a page, beyond its text: members, ids, names and what they need to be escaped.
constexpr std::size_t kItemBytesMax = 640;

// A page must also fit into a queue that holds something already, or asking would be a way to be closed.
std::size_t page_bytes_max(const Core& core) {
  return std::min(wire::kServerFrameMax, core.config.limits.send_queue_hard / 2);
}

// What may have to be escaped of a text are quotes, backslashes, newlines and tabs: twice its size at most.
std::size_t page_text_max(const Core& core) { return page_bytes_max(core) / 2; }

// The slow commands read on another thread; their answers come out of turn.
PendingReply begin_query(Context& context) {
  context.core.lines.begin_slow(context.line);
  context.core.lines.wait(context.line, Wait::query);
  return {.connection = context.line.id, .command = context.spec.name, .id = context.request.id};
}

void end_query(Core& core, const PendingReply& reply, std::string_view frame) {
  Line* line = core.lines.find(reply.connection);
  if (!line) return;
  core.lines.send(*line, frame);
  core.lines.go_on(*line, Wait::query);
  core.lines.end_slow(*line);
}

void refuse_query(Core& core, const PendingReply& reply, const Error& error) {
  core.scratch.clear();
  const bool has_sentence = error.code == Errc::bad_argument;
  encode_error(core.scratch, reply.command, reply.id, error.code,
               {.sentence = has_sentence ? std::string_view(error.text) : std::string_view()});
  end_query(core, reply, core.scratch);
}

void write_message(wire::FrameWriter& writer, const domain::Directory& directory,
                   const domain::Message& message) {
  writer.begin_object()
      .text("mid", std::to_string(message.id.value()))
      .text("from", directory.name_of(message.from))
      .text("to", message.to ? directory.name_of(message.to) : kEveryone)
      .text("text", message.text)
      .time("time", message.time)
      .end_object();
}

enum class Order : std::uint8_t { oldest_first, newest_first };

// How many messages, from the newest on, surely fit into a frame.
std::size_t fitting(const Core& core, const std::vector<domain::Message>& messages, Order order) {
  std::size_t bytes = kItemBytesMax;
  std::size_t count = 0;
  for (; count < messages.size(); ++count) {
    const std::size_t at = order == Order::newest_first ? count : messages.size() - 1 - count;
    bytes += kItemBytesMax + 2 * messages[at].text.size();
    if (count > 0 && bytes > page_bytes_max(core)) break;
  }
  return count;
}

void answer_page(Core& core, const PendingReply& reply, const Result<domain::HistoryPage>& page,
                 Order order) {
  if (!page) return refuse_query(core, reply, page.error());
  const std::size_t count = fitting(core, page->messages, order);
  const std::size_t left_out = page->messages.size() - count;
  const auto first =
      page->messages.begin() + (order == Order::oldest_first ? static_cast<std::ptrdiff_t>(left_out) : 0);
  core.scratch.clear();
  wire::FrameWriter writer(core.scratch);
  begin_ok(writer, reply.command, reply.id);
  writer.begin_list("data");
  for (const domain::Message& message :
       std::ranges::subrange(first, first + static_cast<std::ptrdiff_t>(count)))
    write_message(writer, core.directory, message);
  writer.end_list().flag("more", page->more || left_out > 0);
  if (page->cut && left_out == 0) writer.time("cut", *page->cut);
  if (page->unindexed > 0) writer.number("unindexed", page->unindexed);
  writer.finish();
  end_query(core, reply, core.scratch);
}

void answer_logins(Core& core, const PendingReply& reply,
                   const Result<std::vector<domain::LoginRecord>>& logins) {
  if (!logins) return refuse_query(core, reply, logins.error());
  core.scratch.clear();
  wire::FrameWriter writer(core.scratch);
  begin_ok(writer, reply.command, reply.id);
  writer.begin_list("data");
  for (const domain::LoginRecord& login : *logins) {
    writer.begin_object().time("login", login.login);
    if (login.logout) {
      writer.time("logout", *login.logout).text("reason", login.reason);
    } else {
      writer.null("logout").null("reason");
    }
    writer.text("address", login.address).end_object();
  }
  writer.end_list().finish();
  end_query(core, reply, core.scratch);
}

}  // namespace

void handle(Context& context, const wire::History& history) {
  Core& core = context.core;
  UserId with;
  if (history.user != kEveryone) {
    // Of somebody who was removed, what was said is still there.
    const domain::Account* account = core.directory.find_ever(history.user);
    if (!account) return answer_error(context, Errc::unknown_user);
    with = account->id;
  }
  core.store.history({.asker = context.user(),
                      .with = with,
                      .before = history.before,
                      .count_max = history.count,
                      .bytes_max = page_text_max(core)},
                     [&core, reply = begin_query(context)](Result<domain::HistoryPage> page) {
                       answer_page(core, reply, page, Order::oldest_first);
                     });
}

void handle(Context& context, const wire::Search& search) {
  Core& core = context.core;
  core.store.search({.asker = context.user(),
                     .words = std::string(search.words),
                     .count_max = search.count,
                     .bytes_max = page_text_max(core)},
                    [&core, reply = begin_query(context)](Result<domain::HistoryPage> page) {
                      answer_page(core, reply, page, Order::newest_first);
                    });
}

void handle(Context& context, const wire::Sessions& sessions) {
  Core& core = context.core;
  core.store.logins(context.user(), sessions.count,
                    [&core, reply = begin_query(context)](Result<std::vector<domain::LoginRecord>> logins) {
                      answer_logins(core, reply, logins);
                    });
}

}  // namespace sockchat::server_core
