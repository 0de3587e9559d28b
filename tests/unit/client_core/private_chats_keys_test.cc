// Whose key is whose in private chats.
#include <doctest/doctest.h>

#include "private_session.h"

namespace sockchat::client_core {
namespace {

const std::string kChanged =
    "Error. The key of luke has changed. Compare numbers with: verify luke. Accept with: trust luke";

TEST_CASE("the first key that a person proves is remembered, and not one that is only named") {
  PrivateSession hans;
  hans.ask();
  hans.introduce();
  hans.memory.settle();
  CHECK(hans.disk.people.empty());
  hans.core.on_peer_open("s1", true, hans.now);
  hans.memory.settle();
  CHECK(hans.disk.people == std::vector{Person{"luke", pin('b')}});
}

TEST_CASE("a changed key opens no link until it is trusted") {
  PrivateSession hans;
  hans.stand();
  hans.type("stopprivate luke");
  hans.linked();
  hans.ask("luke", "s2");
  hans.sent();
  hans.introduce("luke", "s2", 'c');
  CHECK(hans.printed() == Lines{kChanged});
  CHECK(hans.sent() == Lines{told_stop()});
  CHECK(hans.links.opened.size() == 1);
  CHECK(hans.linked().empty());
  // The new number is the one to compare.
  hans.type("verify luke");
  CHECK(hans.printed() == Lines{"Safety number with luke: hans+luke+c", "apple river"});
  hans.memory.settle();
  CHECK(hans.disk.people == std::vector{Person{"luke", pin('b')}});

  hans.type("trust luke");
  CHECK(hans.printed() == Lines{"luke is trusted"});
  hans.memory.settle();
  CHECK(hans.disk.people == std::vector{Person{"luke", pin('c')}});
  hans.ask("luke", "s3");
  hans.introduce("luke", "s3", 'c');
  CHECK(hans.links.opened.size() == 2);
}

TEST_CASE("a key that changes back asks for nothing more") {
  KnownPeople people;
  people.restore({{"luke", pin('b')}});
  CHECK_FALSE(people.admits("luke", pin('c')));
  CHECK(*people.key_of("luke") == pin('c'));
  CHECK(people.admits("luke", pin('b')));
  CHECK(*people.key_of("luke") == pin('b'));
  CHECK(people.trust("luke") == pin('b'));
}

TEST_CASE("people are bounded: nobody more is learned, and those that are known still count") {
  KnownPeople people;
  std::vector<Person> all;
  for (std::size_t i = 0; i < KnownPeople::kPeopleMax; ++i) all.emplace_back(fmt::to_string(i), pin('b'));
  people.restore(std::move(all));
  CHECK_FALSE(people.learn("luke", pin('b')));
  CHECK(people.key_of("luke") == nullptr);
  CHECK(people.admits("luke", pin('c')));
  CHECK_FALSE(people.admits("7", pin('c')));
}

TEST_CASE("people of an earlier run are known") {
  PrivateSession hans(config(), true, {Person{"luke", pin('d')}});
  hans.type("verify luke");
  CHECK(hans.printed() == Lines{"Safety number with luke: hans+luke+d", "apple river"});
  hans.ask();
  hans.introduce();
  CHECK(hans.printed() == Lines{kChanged});
}

TEST_CASE("nobody knows the key of a stranger") {
  PrivateSession hans;
  hans.type("verify luke");
  hans.type("trust luke");
  CHECK(hans.printed() == Lines{"Error. No key of luke is known; it comes with the first private chat",
                                "Error. No key of luke is known"});
}

TEST_CASE("a disk that fails ends the remembering, and not the chat") {
  PrivateSession hans;
  hans.memory.failure = Error{Errc::storage, "the disk is full"};
  hans.stand();
  hans.memory.settle();
  CHECK(hans.out.complained == Lines{"Warning: the disk is full; from now on nothing is remembered"});
  hans.type("private luke hi");
  CHECK(hans.linked().size() == 1);
}

TEST_CASE("json: keys are told as objects") {
  PrivateSession hans(config(false, Format::json), true, {Person{"luke", pin('d')}});
  hans.ask();
  hans.introduce();
  hans.printed();
  hans.type("verify luke");
  hans.type("trust luke");
  CHECK(
      hans.printed() ==
      Lines{
          R"({"client":"private","event":"safety_number","user":"luke","digits":"hans+luke+b","words":"apple river"})",
          fmt::format(R"({{"client":"private","event":"trusted","user":"luke","key":"{}"}})",
                      pin('b').text())});
}

}  // namespace
}  // namespace sockchat::client_core
