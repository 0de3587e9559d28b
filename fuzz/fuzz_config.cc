// The loader of the configuration file: an error is one line with a number; what it took can be printed, and
// what is printed is taken again and comes to the same (print_config() looks itself).
#include <algorithm>
#include <string>

#include "fuzz_input.h"
#include "server/config_file.h"
#include "server/config_print.h"
#include "server/configuration.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockchat;
  const auto read = server::parse_config(fuzz::text_of(data, size), "f");
  if (!read) {
    const std::string& text = read.error().text;
    SOCKCHAT_CHECK(read.error().code == Errc::bad_argument);
    SOCKCHAT_CHECK(text.starts_with("f:"));
    SOCKCHAT_CHECK(std::ranges::all_of(text, [](char byte) { return byte >= ' ' && byte <= '~'; }));
    return 0;
  }
  server::ServeOptions options;
  server::assign_all(options, *read);
  SOCKCHAT_CHECK(server::print_config(options));
  return 0;
}
