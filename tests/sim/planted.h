// Faults that are planted to see that the checker finds them: a store and a wire that break the rules.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "support/faulty_store.h"

namespace sockchat::sim {

enum class Plant : std::uint8_t {
  none,
  // Of the wire.
  drop_delivery,
  deliver_twice,
  reorder,
  alter_text,
  introduce_early,
  relay_twice,
  // Of the store.
  early_ok,
  forget_cid,
  confirm_too_far,
  forget_block,
  forget_lockout,
  keep_tokens,
  forget_begin,
  skip_one,
  survive_unknown,
};

inline constexpr auto kPlants = std::to_array<std::pair<Plant, std::string_view>>({
    {Plant::drop_delivery, "a delivery is dropped"},
    {Plant::deliver_twice, "a delivery is sent twice"},
    {Plant::reorder, "two deliveries change places"},
    {Plant::alter_text, "a text is altered"},
    {Plant::introduce_early, "somebody is introduced who was only asked"},
    {Plant::relay_twice, "bytes of a private chat come twice"},
    {Plant::early_ok, "ok is answered before the commit"},
    {Plant::forget_cid, "the store forgets the cid"},
    {Plant::confirm_too_far, "the cursor runs ahead"},
    {Plant::forget_block, "a block is not stored"},
    {Plant::forget_lockout, "a wrong password is not stored"},
    {Plant::keep_tokens, "a dead token is not forgotten"},
    {Plant::forget_begin, "a resumed session begins anew"},
    {Plant::skip_one, "a page leaves out its first message"},
    {Plant::survive_unknown, "the server goes on after an unknown outcome"},
});

class PlantedStore final : public test::FaultyStore {
 public:
  PlantedStore(domain::Store& inner, test::StepExecutor& executor, Decide decide, Plant plant)
      : FaultyStore(inner, executor, std::move(decide)), plant_(plant) {}

  void append(domain::NewMessage message, Completion<Result<domain::Accepted>> done) override {
    if (plant_ == Plant::forget_cid) message.cid.clear();
    if (plant_ != Plant::early_ok) return FaultyStore::append(std::move(message), std::move(done));
    // In its turn it is done, or not.
    const domain::Accepted promised{.id = MessageId(newest_.value() + 1), .time = message.time};
    const bool is_early = ++appends_ == 1 && message.cid.empty() && !is_broken();
    if (is_early) {
      executor().post([this, life = life_, done = std::move(done), promised]() mutable {
        if (life == life_) done(promised);
      });
    }
    FaultyStore::append(std::move(message),
                        [this, is_early, done = std::move(done)](Result<domain::Accepted> result) mutable {
                          --appends_;
                          if (result) newest_ = std::max(newest_, result->id);
                          if (!is_early) done(std::move(result));
                        });
  }
  void load(domain::LoadQuery query, Completion<Result<domain::Snapshot>> done) override {
    FaultyStore::load(query, [this, done = std::move(done)](Result<domain::Snapshot> snapshot) mutable {
      if (snapshot) newest_ = snapshot->newest;
      done(std::move(snapshot));
    });
  }
  void confirm(UserId reader, MessageId up_to, Completion<Result<void>> done) override {
    if (plant_ == Plant::confirm_too_far) up_to = MessageId(up_to.value() + 2);
    FaultyStore::confirm(reader, up_to, std::move(done));
  }
  void set_blocked(domain::BlockRecord block, bool blocked, Completion<Result<void>> done) override {
    if (plant_ != Plant::forget_block) return FaultyStore::set_blocked(block, blocked, std::move(done));
    do_nothing(std::move(done));
  }
  void drop_tokens(std::vector<domain::TokenDigest> drops, Completion<Result<void>> done) override {
    if (plant_ != Plant::keep_tokens) return FaultyStore::drop_tokens(std::move(drops), std::move(done));
    do_nothing(std::move(done));
  }
  void record_login(domain::NewLogin login, Completion<Result<domain::StoredLogin>> done) override {
    if (plant_ == Plant::forget_begin) login.begin.reset();
    FaultyStore::record_login(std::move(login), std::move(done));
  }
  void fetch(domain::FetchRange range, Completion<Result<domain::FetchedPage>> done) override {
    if (plant_ == Plant::skip_one) range.after = MessageId(range.after.value() + 1);
    FaultyStore::fetch(range, std::move(done));
  }
  void save_lockout(domain::LockoutRecord record, Completion<Result<void>> done) override {
    if (plant_ != Plant::forget_lockout) return FaultyStore::save_lockout(record, std::move(done));
    do_nothing(std::move(done));
  }
  void crash(std::size_t done) override {
    appends_ = 0;
    ++life_;
    FaultyStore::crash(done);
  }

 private:
  void do_nothing(Completion<Result<void>> done) {
    ask<void>(test::StoreOperation::other, std::move(done), [this](domain::Store&, auto told) {
      executor().post([told = std::move(told)]() mutable { told({}); });
    });
  }

  const Plant plant_;
  int appends_ = 0;         // under way
  std::uint64_t life_ = 1;  // of the process
  MessageId newest_;
};

}  // namespace sockchat::sim
