#include "sockchat/domain/user_name.h"

#include <doctest/doctest.h>

#include <string>

namespace sockchat::domain {
namespace {

bool may_register(std::string_view name) { return UserName::parse_new(name, 32).has_value(); }
bool may_import(std::string_view name) { return UserName::parse(name, 32).has_value(); }
bool may_send(std::string_view text) { return check_text(text, 100).has_value(); }
bool is_strong(std::string_view password) { return check_new_password(password, "hans", 8).has_value(); }

}  // namespace

TEST_CASE("an imported name holds any printable ASCII but the space") {
  for (int byte = 0; byte < 256; ++byte) {
    CAPTURE(byte);
    CHECK(may_import(std::string(1, static_cast<char>(byte))) == (byte > 0x20 && byte < 0x7F));
  }
}

TEST_CASE("a name has between one byte and the limit") {
  CHECK_FALSE(may_import(""));
  CHECK(may_import(std::string(32, 'a')));
  CHECK(may_register(std::string(32, 'a')));
  CHECK_FALSE(may_import(std::string(33, 'a')));
  CHECK_FALSE(may_register(std::string(33, 'a')));
  CHECK(UserName::parse(std::string(33, 'a'), 32).error().code == Errc::bad_name);
}

TEST_CASE("a new name starts with a letter or digit and goes on with dots, dashes and underscores too") {
  CHECK(may_register("h"));
  CHECK(may_register("0"));
  CHECK(may_register("Hans.Solo_2-b"));
  for (const char* name : {".hans", "_hans", "-hans", "ha ns", "hans!", "h\xC3\xA4ns", "*", "hans\n", ""}) {
    CAPTURE(name);
    CHECK_FALSE(may_register(name));
  }
}

TEST_CASE("reserved words cannot be registered in any case, but imported") {
  for (const char* name : {"server", "System", "ADMIN", "all", "mE"}) {
    CAPTURE(name);
    CHECK_FALSE(may_register(name));
    CHECK(may_import(name));
  }
  CHECK(may_register("allan"));
}

TEST_CASE("names differ by case, and fold to the same") {
  const UserName upper = UserName::parse("HanS[9]", 32).value();
  const UserName lower = UserName::parse("hans[9]", 32).value();
  CHECK(upper != lower);
  CHECK(upper.folded() == lower.folded());
  CHECK(upper.text() == "HanS[9]");
}

TEST_CASE("a text may hold newline and tab, and no other control character") {
  for (int byte = 0; byte < 0x80; ++byte) {
    CAPTURE(byte);
    const bool fine = (byte >= 0x20 && byte != 0x7F) || byte == '\n' || byte == '\t';
    CHECK(may_send(std::string("a") + static_cast<char>(byte)) == fine);
  }
  for (int byte = 0x80; byte < 0xC0; ++byte) {  // U+0080 to U+00BF
    CAPTURE(byte);
    CHECK(may_send(std::string("\xC2") + static_cast<char>(byte)) == (byte >= 0xA0));
  }
}

TEST_CASE("bytes of longer characters are not taken for control characters") {
  CHECK(may_send("\xC3\x85\xE2\x82\xAC\xF0\x9F\x98\x80"));  // Å, €, an emoji
  CHECK(may_send("\xE2\x80\xAE"));  // an override of direction: shown as visible text by the client
}

TEST_CASE("a text has between one byte and the limit") {
  CHECK_FALSE(may_send(""));
  CHECK(may_send(std::string(100, 'x')));
  CHECK_FALSE(may_send(std::string(101, 'x')));
  CHECK(check_text("", 100).error().code == Errc::bad_text);
}

TEST_CASE("a new password has eight bytes, is not the name and none of the commonest") {
  CHECK(is_strong("correct horse"));
  CHECK(is_strong("\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F"));  // bytes count, not characters
  CHECK_FALSE(is_strong("1234567"));
  for (const char* password : {"password", "PassWord1", "12345678", "qwerty123", "iloveyou"}) {
    CAPTURE(password);
    CHECK_FALSE(is_strong(password));
  }
  CHECK_FALSE(check_new_password("Chewbacca", "cHEWBACCA", 8));
  CHECK(check_new_password("secret", "hans", 1));
  CHECK(check_new_password("x", "hans", 8).error().code == Errc::weak_password);
}

}  // namespace sockchat::domain
