// Faults that can be planted into the server, to prove that the history checker (tests/checker) finds them.
// Only the build VARIANT=planted has them, and nothing installs that; in every other build `planted` is a
// constant, and no trace of it is left. There, the environment variable SOCKCHAT_PLANT names the one that is
// on, from the start to the end of the process. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sockchat {

enum class Plant : std::uint8_t {
  // The store.
  early_ok,
  lost_batch,
  lost_row,
  memory_dedupe,
  careless_dedupe,
  renumbered_repeat,
  reversed_batch,
  wrong_mailbox,
  mid_reused,
  block_not_stored,
  unblock_not_stored,
  token_not_stored,
  // The core.
  cut_text,
  late_block,
  broadcast_to_blocker,
  wrong_sender,
  double_push,
  early_cursor,
  far_cursor,
  skipped_refetch,
  swapped_page,
  dropped_when_behind,
  resume_off_by_one,
  resume_without_broadcasts,
  never_resumed,
};

struct PlantName {
  Plant plant;
  std::string_view name;
  std::string_view words;
};

// In the order of the enumerators.
inline constexpr auto kPlants = std::to_array<PlantName>({
    {Plant::early_ok, "early_ok", "ok is said before the commit"},
    {Plant::lost_batch, "lost_batch", "a batch is answered, and rolled back"},
    {Plant::lost_row, "lost_row", "a message is answered, and not written"},
    {Plant::memory_dedupe, "memory_dedupe", "a start forgets every cid"},
    {Plant::careless_dedupe, "careless_dedupe", "a cid stands for any content"},
    {Plant::renumbered_repeat, "renumbered_repeat", "a repeat is answered with another mid"},
    {Plant::reversed_batch, "reversed_batch", "a batch is written from its end"},
    {Plant::wrong_mailbox, "wrong_mailbox", "a message is stored for somebody else"},
    {Plant::mid_reused, "mid_reused", "a start gives the last mids again"},
    {Plant::block_not_stored, "block_not_stored", "a block holds until the next start"},
    {Plant::unblock_not_stored, "unblock_not_stored", "a block is back after the next start"},
    {Plant::token_not_stored, "token_not_stored", "a token is good until the next start"},
    {Plant::cut_text, "cut_text", "a text ends at 512 bytes"},
    {Plant::late_block, "late_block", "a block is stored, and holds from the next start on"},
    {Plant::broadcast_to_blocker, "broadcast_to_blocker", "a broadcast asks nobody's block list"},
    {Plant::wrong_sender, "wrong_sender", "a delivery names its reader as the sender"},
    {Plant::double_push, "double_push", "what waited for a login comes twice"},
    {Plant::early_cursor, "early_cursor", "the cursor moves with the delivery"},
    {Plant::far_cursor, "far_cursor", "an ack confirms all that was delivered"},
    {Plant::skipped_refetch, "skipped_refetch", "reading on begins one mid too late"},
    {Plant::swapped_page, "swapped_page", "two messages of a page trade places"},
    {Plant::dropped_when_behind, "dropped_when_behind", "a message for a slow reader is dropped"},
    {Plant::resume_off_by_one, "resume_off_by_one", "a resume begins at the last message, not behind it"},
    {Plant::resume_without_broadcasts, "resume_without_broadcasts", "a resume gives no broadcasts"},
    {Plant::never_resumed, "never_resumed", "a resume is a login like any other"},
});

#ifdef SOCKCHAT_PLANTED
[[nodiscard]] bool planted(Plant plant);
#else
[[nodiscard]] constexpr bool planted(Plant) { return false; }
#endif

}  // namespace sockchat
