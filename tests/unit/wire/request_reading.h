// What a RequestReader read, as a value that outlives it.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "sockchat/wire/request.h"
#include "support/padded_text.h"
#include "support/strict_json.h"

namespace sockchat::wire {

struct Read {
  bool refused = false;
  std::string sentence;
  test::StrictRequest request;
};

inline Read read_with(RequestReader& reader, std::string_view json) {
  test::PaddedText text(json);
  const RequestReading reading = reader.read(text.span());
  Read read;
  read.refused = reading.error.has_value();
  if (read.refused) {
    CHECK(reading.error->code == Errc::bad_request);
    CHECK(!reading.error->text.empty());
    read.sentence = reading.error->text;
  }
  read.request.command = reading.request.command;
  read.request.data.assign(reading.request.data.begin(), reading.request.data.end());
  read.request.id = reading.request.id;
  if (reading.request.cid) read.request.cid = std::string(*reading.request.cid);
  return read;
}

}  // namespace sockchat::wire
