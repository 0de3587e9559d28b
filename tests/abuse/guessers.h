// Five hundred connections from fifty addresses that guess the passwords of one account, or of many.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace sockchat::abuse {

// What the server answered to guesses.
struct Answers {
  std::atomic<std::size_t> asked;
  std::atomic<std::size_t> checked;  // `attempts_left`: the password was looked at
  std::atomic<std::size_t> locked;
  std::atomic<std::size_t> busy;
  std::atomic<std::size_t> rate_limited;
  std::atomic<std::size_t> other;

  [[nodiscard]] std::size_t sum() const { return checked + locked + busy + rate_limited + other; }
};

struct Guessing {
  std::size_t connections = 500;
  unsigned first_host = 100;
  unsigned hosts = 50;
  std::size_t each = 20;        // guesses of a connection, one at a time in the server's eyes
  std::size_t each_second = 0;  // of all together; 0: as fast as the answers come
  // Of the n-th guess.
  std::function<std::string(std::size_t number)> name;
};

// Until all are answered, or the server is gone. What is closed otherwise is opened again, and goes on.
void guess(std::uint16_t port, const Guessing& guessing, Answers& answers);

}  // namespace sockchat::abuse
