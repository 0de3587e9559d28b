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

void attack_stalled_reader(const Stage& stage, Figures& figures);
void attack_stalled_readers(const Stage& stage, Figures& figures);
void attack_unread_replies(const Stage& stage, Figures& figures);

}  // namespace sockchat::abuse
