// What can be asked of the database, each with its answer: what SqliteStore queues, and SqliteQueries does.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sockchat/base/task.h"
#include "sockchat/domain/ports.h"

namespace sockchat::storage {

struct FindAccepted {
  domain::NewMessage message;
};
struct Confirm {
  UserId reader;
  MessageId up_to;
};
struct AddAccount {
  domain::UserName name;
  std::string password_hash;
  WallTime now;
};
struct SetPassword {
  UserId user;
  std::string password_hash;
  std::vector<domain::TokenDigest> drops;
};
struct DropTokens {
  std::vector<domain::TokenDigest> drops;
};
struct SetBlocked {
  domain::BlockRecord block;
  bool blocked;
};
struct CountFailure {
  UserId user;
};
struct RecordLogout {
  LoginId login;
  std::string reason;
  WallTime now;
};

// By retention: of messages that nobody waits for any more.
struct RemoveMessages {
  std::vector<MessageId> messages;
  WallTime older_than;           // what all of them are
  WallTime cids_forgotten_from;  // the cids of older ones are not remembered
};

// Moves between the threads: filled on the loop, answered on the writer, told on the loop again.
template <class RequestType, class AnswerType>
struct Operation {
  using Request = RequestType;
  using Answer = AnswerType;

  Request request;
  Completion<Result<Answer>> done;
  Result<Answer> answer = fail(Errc::storage);
  std::chrono::steady_clock::time_point asked = std::chrono::steady_clock::now();
};

using AppendOperation = Operation<domain::NewMessage, domain::Accepted>;
using FindOperation = Operation<FindAccepted, std::optional<domain::Accepted>>;
using FetchOperation = Operation<domain::FetchRange, domain::FetchedPage>;

using AnyOperation =
    std::variant<AppendOperation, FindOperation, FetchOperation, Operation<Confirm, void>,
                 Operation<domain::LoadQuery, domain::Snapshot>, Operation<AddAccount, domain::Account>,
                 Operation<SetPassword, void>, Operation<DropTokens, void>, Operation<SetBlocked, void>,
                 Operation<domain::LockoutRecord, void>, Operation<CountFailure, void>,
                 Operation<domain::NewLogin, domain::StoredLogin>, Operation<RecordLogout, void>,
                 Operation<RemoveMessages, void>>;

// Needs no transaction, and changes nothing.
template <class AnOperation>
inline constexpr bool kOnlyReads =
    std::is_same_v<AnOperation, FindOperation> || std::is_same_v<AnOperation, FetchOperation>;

}  // namespace sockchat::storage
