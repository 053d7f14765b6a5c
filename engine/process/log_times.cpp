#include "engine/process/log_times.hpp"

#include <algorithm>
#include <charconv>

namespace sdlrun::engine {

namespace {

template <typename Number>
std::optional<Number> number_from(std::string_view text) {
  Number number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = problem == std::errc() && end == text.data() + text.size();
  return is_whole ? std::optional(number) : std::nullopt;
}

}  // namespace

std::filesystem::path log_times_path(const std::filesystem::path& log) { return log.string() + ".times"; }

std::string LogTimes::line(std::uint64_t offset, Milliseconds now) {
  last_ = now;
  return std::to_string(offset) + ' ' + std::to_string(now.count()) + '\n';
}

std::vector<LogTime> read_log_times(std::string_view text) {
  std::vector<LogTime> times;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos) continue;
    const auto offset = number_from<std::uint64_t>(line.substr(0, blank));
    const auto at = number_from<std::int64_t>(line.substr(blank + 1));
    if (offset && at) times.push_back({*offset, Milliseconds(*at)});
  }
  // Programs that print at once, each with its own eye on the log, may have written out of turn.
  std::stable_sort(times.begin(), times.end(), [](const LogTime& left, const LogTime& right) { return left.offset < right.offset; });
  return times;
}

}  // namespace sdlrun::engine
