#include "storage/message_row.h"

#include <doctest/doctest.h>

#include <limits>

namespace sockchat::storage {

TEST_CASE("digest_of: every field counts, and without refusers it is what it always was") {
  const MessageRow row{MessageId(7), UserId(1), UserId(2), WallTime(std::chrono::milliseconds(1'000)),
                       "text",       {}};
  // Of the first version: a database that it made must stay readable.
  CHECK(digest_of(row) == 6089935038551345115);
  MessageRow other = row;
  other.id = MessageId(8);
  CHECK(digest_of(other) != digest_of(row));
  other = row;
  other.from = UserId(3);
  CHECK(digest_of(other) != digest_of(row));
  other = row;
  other.to = UserId(3);
  CHECK(digest_of(other) != digest_of(row));
  other = row;
  other.time += std::chrono::milliseconds(1);
  CHECK(digest_of(other) != digest_of(row));
  other = row;
  other.text = "texT";
  CHECK(digest_of(other) != digest_of(row));
  other = row;
  other.refusers = "\x01";
  CHECK(digest_of(other) != digest_of(row));
}

TEST_CASE("pack_refusers: who is in is found, and nobody else") {
  const std::vector<UserId> users{UserId(1),      UserId(2),
                                  UserId(128),    UserId(300),
                                  UserId(70'000), UserId(std::numeric_limits<std::int64_t>::max())};
  const std::string packed = pack_refusers(users);
  for (const UserId user : users) CHECK(has_refuser(packed, user));
  for (const std::uint64_t stranger : {3, 127, 129, 299, 301, 69'999, 70'001})
    CHECK_FALSE(has_refuser(packed, UserId(stranger)));
  CHECK(pack_refusers({}).empty());
  CHECK_FALSE(has_refuser({}, UserId(1)));
}

TEST_CASE("has_refuser: bytes that nobody packed are nobody") {
  CHECK_FALSE(has_refuser("\xff\xff", UserId(1)));
  CHECK_FALSE(has_refuser(std::string(100, '\xff') + "\x01", UserId(1)));
}

}  // namespace sockchat::storage
