#include "sockchat/domain/user_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sockchat::domain {
namespace {

// Bytes, not characters of a locale.
bool is_letter(char byte) { return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'); }
bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }
char lower(char byte) { return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte; }

std::string fold(std::string_view text) {
  std::string folded(text);
  std::ranges::transform(folded, folded.begin(), lower);
  return folded;
}

constexpr std::array<std::string_view, 5> kReserved = {"server", "system", "admin", "all", "me"};

// The commonest passwords of eight bytes or more, as lists of leaked ones agree on them.
constexpr auto kCommonPasswords = std::to_array<std::string_view>({
    "password",   "12345678",    "123456789",  "1234567890",    "password1", "password123", "qwertyuiop",
    "qwerty123",  "iloveyou",    "sunshine",   "princess",      "football",  "baseball",    "superman",
    "starwars",   "trustno1",    "welcome1",   "11111111",      "00000000",  "88888888",    "12341234",
    "87654321",   "987654321",   "0987654321", "abcd1234",      "abc12345",  "1qaz2wsx",    "1q2w3e4r",
    "1q2w3e4r5t", "q1w2e3r4",    "zaq12wsx",   "asdfghjkl",     "asdfasdf",  "passw0rd",    "p@ssw0rd",
    "p@ssword",   "letmein1",    "letmein123", "changeme",      "computer",  "internet",    "michelle",
    "jennifer",   "corvette",    "maverick",   "mercedes",      "samantha",  "steelers",    "whatever",
    "jonathan",   "midnight",    "charlie1",   "dragon123",     "monkey123", "shadow123",   "master123",
    "test1234",   "testtest",    "admin123",   "administrator", "football1", "baseball1",   "basketball",
    "liverpool",  "chocolate",   "butterfly",  "elizabeth",     "victoria",  "danielle",    "alexander",
    "christian",  "qwerty12345", "1234qwer",   "qwer1234",      "aa123456",  "a1234567",    "123123123",
    "123321123",  "11223344",    "55555555",   "66666666",      "77777777",  "99999999",    "22222222",
    "33333333",   "44444444",    "password12", "password!",
});

}  // namespace

Result<UserName> UserName::parse(std::string_view text, std::size_t bytes_max) {
  if (text.empty()) return fail(Errc::bad_name, "a name has at least one character");
  if (text.size() > bytes_max)
    return fail(Errc::bad_name, fmt::format("a name has at most {} characters", bytes_max));
  if (!std::ranges::all_of(text, [](char byte) { return byte > ' ' && byte <= '~'; })) {
    return fail(Errc::bad_name, "a name has printable ASCII characters only, and no space");
  }
  return UserName(text);
}

Result<UserName> UserName::parse_new(std::string_view text, std::size_t bytes_max) {
  Result<UserName> name = parse(text, bytes_max);
  if (!name) return name;
  const auto may_follow = [](char byte) {
    return is_letter(byte) || is_digit(byte) || byte == '.' || byte == '_' || byte == '-';
  };
  if (!(is_letter(text.front()) || is_digit(text.front())) || !std::ranges::all_of(text, may_follow)) {
    return fail(Errc::bad_name,
                "a name starts with a letter or digit and has letters, digits, '.', '_' and '-'");
  }
  const std::string folded = name->folded();
  if (std::ranges::find(kReserved, folded) != kReserved.end())
    return fail(Errc::bad_name, "this name is reserved");
  return name;
}

std::string UserName::folded() const { return fold(text_); }

Result<void> check_text(std::string_view text, std::size_t bytes_max) {
  if (text.empty()) return fail(Errc::bad_text, "the text is empty");
  if (text.size() > bytes_max)
    return fail(Errc::bad_text, fmt::format("the text is over {} bytes", bytes_max));
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const bool is_c0 = byte < 0x20 && byte != '\n' && byte != '\t';
    // U+0080 to U+009F, in UTF-8.
    const bool is_c1 =
        byte == 0xC2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0;
    if (is_c0 || is_c1 || byte == 0x7F) return fail(Errc::bad_text, "the text has a control character");
  }
  return {};
}

Result<void> check_new_password(std::string_view password, std::string_view name, std::size_t bytes_min) {
  if (password.size() < bytes_min) {
    return fail(Errc::weak_password, fmt::format("a new password has at least {} bytes", bytes_min));
  }
  const std::string folded = fold(password);
  if (folded == fold(name)) return fail(Errc::weak_password, "the password must not be the name");
  if (std::ranges::find(kCommonPasswords, folded) != kCommonPasswords.end()) {
    return fail(Errc::weak_password, "this password is one of the commonest; choose another");
  }
  return {};
}

}  // namespace sockchat::domain
