#include <doctest/doctest.h>
#include <fcntl.h>

#include <array>
#include <csignal>
#include <string>

#include "client/input_stream.h"
#include "client/output_stream.h"
#include "temporary_file.h"

namespace sockchat::client {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends;
    SOCKCHAT_CHECK(::pipe2(ends.data(), O_CLOEXEC) == 0);
    out.reset(ends[0]);
    in.reset(ends[1]);
  }
  net::UniqueFd out;  // read here
  net::UniqueFd in;   // write here
};

std::unique_ptr<net::Reactor> make_reactor() {
  auto reactor = net::Reactor::create();
  REQUIRE(reactor);
  return *std::move(reactor);
}

std::string read_from(InputStream& input) {
  std::array<char, 100> bytes;
  return {bytes.data(), input.read(bytes)};
}

TEST_CASE("an empty pipe is not waited for, and the edge says when there is more") {
  const auto reactor = make_reactor();
  Pipe pipe;
  InputStream input(*reactor, pipe.out.get());
  CHECK(read_from(input).empty());
  CHECK_FALSE(input.readable());
  REQUIRE(::write(pipe.in.get(), "ab", 2) == 2);
  reactor->run_once();
  CHECK(input.readable());
  CHECK(read_from(input) == "ab");
  pipe.in.reset();
  reactor->run_once();
  CHECK(read_from(input).empty());
  CHECK(input.ended());
}

TEST_CASE("a regular file and /dev/null are always readable") {
  const auto reactor = make_reactor();
  const TemporaryFile file("abc");
  InputStream input(*reactor, file.fd());
  CHECK(read_from(input) == "abc");
  CHECK(read_from(input).empty());
  CHECK(input.ended());
  const net::UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  InputStream nothing(*reactor, null.get());
  CHECK(read_from(nothing).empty());
  CHECK(nothing.ended());
}

TEST_CASE("a descriptor that cannot be read is at its end") {
  const auto reactor = make_reactor();
  const net::UniqueFd directory(::open("/", O_RDONLY | O_CLOEXEC));
  InputStream input(*reactor, directory.get());
  CHECK(read_from(input).empty());
  CHECK(input.ended());
}

TEST_CASE("a full pipe is not waited for, and nothing is lost") {
  const auto reactor = make_reactor();
  Pipe pipe;
  OutputStream output(*reactor, pipe.in.get());
  const std::string text(1'000'000, 'x');
  output.append(text);
  output.flush();
  CHECK(output.queued() > 0);
  CHECK(output.queued() < text.size());
  InputStream input(*reactor, pipe.out.get());
  std::string got;
  while (got.size() < text.size()) {
    const std::string piece = read_from(input);
    if (piece.empty()) output.flush();
    got += piece;
    reactor->run_once();
  }
  CHECK(got == text);
  CHECK(output.queued() == 0);
}

TEST_CASE("output to a pipe that nobody reads is broken, and dropped") {
  std::signal(SIGPIPE, SIG_IGN);
  const auto reactor = make_reactor();
  Pipe pipe;
  OutputStream output(*reactor, pipe.in.get());
  pipe.out.reset();
  output.append("x");
  output.flush();
  CHECK(output.broken());
  output.append("y");
  CHECK(output.queued() == 0);
}

}  // namespace
}  // namespace sockchat::client
