#include "cli/terminal/duration_text.hpp"

namespace sdlrun::cli {

namespace {

std::string two_digits(std::int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

}  // namespace

std::string duration_text(engine::Milliseconds duration) {
  const std::int64_t milliseconds = duration.count();
  if (milliseconds < 1000) return std::to_string(milliseconds) + "ms";
  if (milliseconds >= 60'000) return elapsed_text(duration);
  const std::int64_t tenths = milliseconds / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + "s";
}

std::string elapsed_text(engine::Milliseconds duration) {
  const std::int64_t seconds = duration.count() / 1000;
  if (seconds < 60) return std::to_string(seconds) + "s";
  if (seconds < 3600) return std::to_string(seconds / 60) + "m" + two_digits(seconds % 60) + "s";
  return std::to_string(seconds / 3600) + "h" + two_digits(seconds % 3600 / 60) + "m";
}

}  // namespace sdlrun::cli
