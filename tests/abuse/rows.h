// The attackers, one file each. A row starts a server of its own, plays its part, and says its figures.
// docs/ATTACKERS.md says what each stands for.
#pragma once

#include "abuse/arena.h"
#include "abuse/figures.h"

namespace sockchat::abuse {

struct Row {
  const char* id;
  void (*play)(const Stage& stage, Figures& figures);
};

void attack_slow_loris(const Stage& stage, Figures& figures);       // A1
void attack_stalled_reader(const Stage& stage, Figures& figures);   // A4
void attack_stalled_readers(const Stage& stage, Figures& figures);  // A5
void attack_unread_replies(const Stage& stage, Figures& figures);   // A6
void attack_connects(const Stage& stage, Figures& figures);         // A7
void attack_handshakes(const Stage& stage, Figures& figures);       // A8
void attack_one_flooder(const Stage& stage, Figures& figures);      // A11
void attack_broadcasts(const Stage& stage, Figures& figures);       // A18
void attack_memory(const Stage& stage, Figures& figures);           // A19
void attack_bombs(const Stage& stage, Figures& figures);            // B4
void attack_guesses(const Stage& stage, Figures& figures);          // C1
void attack_owner(const Stage& stage, Figures& figures);            // C2
void attack_spray(const Stage& stage, Figures& figures);            // C3
void attack_timing(const Stage& stage, Figures& figures);           // C5
void attack_hash_flood(const Stage& stage, Figures& figures);       // C6
void attack_tokens(const Stage& stage, Figures& figures);           // C11
void attack_signals(const Stage& stage, Figures& figures);          // E2
void attack_churn(const Stage& stage, Figures& figures);            // E4
void attack_reader(const Stage& stage, Figures& figures);           // G4
void attack_terminal(const Stage& stage, Figures& figures);         // G5

// How long E4 lasts: half a minute, or SOAK=SECONDS of the environment.
[[nodiscard]] seconds soak_length();

}  // namespace sockchat::abuse
