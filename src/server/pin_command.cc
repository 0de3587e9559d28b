#include "server/pin_command.h"

#include <fmt/format.h>

#include <cstdio>

#include "server/tls_files.h"
#include "sockchat/net/tls_identity.h"

namespace sockchat::server {

Result<void> run_pin_command(const PinOptions& options) {
  const auto text = options.tls_certificate.empty() ? read_identity(options.data_directory)
                                                    : read_pem(options.tls_certificate);
  if (!text) return tl::unexpected(text.error());
  const auto pin = net::pin_of_certificate(text->reveal());
  if (!pin) return fail(pin.error().code, fmt::format("{}: {}", options.tls_certificate, pin.error().text));
  const bool written = std::fputs(fmt::format("{}\n", *pin).c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
  if (!written) return fail(Errc::system, "stdout cannot be written");
  return {};
}

}  // namespace sockchat::server
