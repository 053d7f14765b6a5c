// When what stands in a log came: STEP.log.times, beside STEP.log. A line of it says from which byte of the log on a moment
// counts, as "OFFSET MILLISECONDS" since 1970.
//
// Beside and not inside, so that logs are what programs have printed, byte for byte. What comes within some milliseconds
// shares a moment: a program that prints without end costs a hundred short lines a second, and not one for each of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/world/clock.hpp"

namespace sdlrun::engine {

std::filesystem::path log_times_path(const std::filesystem::path& log);

/// Of one who writes to a log: whether what comes now needs a moment of its own.
class LogTimes {
 public:
  bool is_due(Milliseconds now) const { return !last_ || now < *last_ || now - *last_ >= step; }
  /// With its end. `offset` is the log's size before what came now.
  std::string line(std::uint64_t offset, Milliseconds now);

 private:
  static constexpr Milliseconds step{10};
  std::optional<Milliseconds> last_;
};

struct LogTime {
  std::uint64_t offset = 0;
  Milliseconds at{0};
};
/// By offset. What is no such line (its writer was killed) is left out.
std::vector<LogTime> read_log_times(std::string_view text);

}  // namespace sdlrun::engine
