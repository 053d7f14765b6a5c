#include "stages/kubernetes/inspect/times.hpp"

#include <ctime>

namespace sdlrun::stages::kubernetes {

std::optional<std::int64_t> seconds_of(const std::string& time) {
  std::tm parts{};
  const char* end = ::strptime(time.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (end == nullptr) return std::nullopt;
  return ::timegm(&parts);
}

std::string age_text(std::int64_t seconds) {
  constexpr std::int64_t minute = 60, hour = 60 * minute, day = 24 * hour, year = 365 * day;
  const auto in = [](std::int64_t count, const char* unit) { return std::to_string(count) + unit; };
  const auto two = [&](std::int64_t large, const char* large_unit, std::int64_t small, const char* small_unit) { return in(large, large_unit) + (small == 0 ? "" : in(small, small_unit)); };
  if (seconds < 0) return "0s";
  if (seconds < 2 * minute) return in(seconds, "s");
  if (seconds < 10 * minute) return two(seconds / minute, "m", seconds % minute, "s");
  if (seconds < 3 * hour) return in(seconds / minute, "m");
  if (seconds < 8 * hour) return two(seconds / hour, "h", seconds % hour / minute, "m");
  if (seconds < 2 * day) return in(seconds / hour, "h");
  if (seconds < 8 * day) return two(seconds / day, "d", seconds % day / hour, "h");
  if (seconds < 2 * year) return in(seconds / day, "d");
  return two(seconds / year, "y", seconds % year / day, "d");
}

}  // namespace sdlrun::stages::kubernetes
