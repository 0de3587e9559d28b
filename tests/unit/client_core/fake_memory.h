// A client's memory without a disk: what is asked for becomes durable step by step, when the test says so,
// and what has become durable outlives the client.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sockchat/client_core/client_memory.h"

namespace sockchat::client_core {

struct Disk {
  std::vector<OutboxEntry> outbox = {};
  ShownMark shown = {};
  std::optional<std::string> token = std::nullopt;
  std::vector<Person> people = {};
};

class FakeMemory final : public ClientMemory {
 public:
  explicit FakeMemory(Disk& disk) : disk_(disk) {}

  void open(std::string_view user, Completion<Opened> done) override {
    opened.emplace_back(user);
    orders_.emplace_back([this, done = std::move(done)]() mutable {
      Opened result{std::nullopt, warning};
      if (usable) {
        result.remembered.emplace(disk_.outbox, disk_.shown, std::nullopt, disk_.people);
        if (disk_.token) result.remembered->token.emplace(*disk_.token);
      }
      done(std::move(result));
    });
  }
  void keep(const OutboxEntry& entry, Done done) override {
    order(std::move(done), [this, entry] { disk_.outbox.push_back(entry); });
  }
  void forget(std::string_view cid) override {
    order([](const Result<void>&) {},
          [this, cid = std::string(cid)] {
            std::erase_if(disk_.outbox, [&](const OutboxEntry& entry) { return entry.cid == cid; });
          });
  }
  void keep_shown(const ShownMark& mark, Done done) override {
    order(std::move(done), [this, mark] { disk_.shown = mark; });
  }
  void keep_token(std::optional<Secret> token, Done done) override {
    std::optional<std::string> text;
    if (token) text = token->reveal();
    order(std::move(done), [this, text] { disk_.token = text; });
  }

  void keep_person(std::string_view name, const KeyPin& key, Done done) override {
    order(std::move(done), [this, person = Person{std::string(name), key}] {
      std::erase_if(disk_.people, [&](const Person& known) { return known.name == person.name; });
      disk_.people.push_back(person);
    });
  }

  [[nodiscard]] bool waiting() const { return !orders_.empty(); }
  // The oldest becomes durable and is told; false when there is none.
  bool step() {
    if (orders_.empty()) return false;
    auto next = std::move(orders_.front());
    orders_.pop_front();
    next();
    return true;
  }
  void settle() {
    while (step()) {
    }
  }

  bool usable = true;
  std::string warning;
  std::optional<Error> failure;  // of everything that is written
  std::vector<std::string> opened;

 private:
  void order(Done done, std::function<void()> change) {
    orders_.emplace_back([this, done = std::move(done), change = std::move(change)]() mutable {
      if (failure) return done(tl::unexpected(*failure));
      change();
      done({});
    });
  }

  Disk& disk_;
  std::deque<std::move_only_function<void()>> orders_;
};

}  // namespace sockchat::client_core
