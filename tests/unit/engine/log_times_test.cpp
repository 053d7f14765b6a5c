// When what stands in a log came, told beside it.
#include "engine/process/log_times.hpp"

#include <doctest/doctest.h>

using namespace sdlrun::engine;
using namespace std::chrono_literals;

TEST_CASE("what comes within some milliseconds shares a moment") {
  LogTimes times;
  CHECK(times.is_due(1000ms));
  CHECK(times.line(0, 1000ms) == "0 1000\n");
  CHECK_FALSE(times.is_due(1009ms));
  CHECK(times.is_due(1010ms));
  CHECK(times.is_due(900ms));  // the clock was set back
}

TEST_CASE("moments are read by offset; what was cut off, or is none, is left out") {
  const auto times = read_log_times("0 1000\n64 1020\nx 7\n\n32 1010\n7\n99 10");
  REQUIRE(times.size() == 3);
  CHECK(times[1].offset == 32);
  CHECK(times[1].at == 1010ms);
  CHECK(times[2].offset == 64);
  CHECK(read_log_times("").empty());
}
