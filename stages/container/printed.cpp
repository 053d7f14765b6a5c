#include "stages/container/printed.hpp"

namespace sdlrun::stages::container {

std::vector<std::string> lines_of(std::string_view text) {
  constexpr std::string_view white = " \t\r";
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const std::size_t first = line.find_first_not_of(white);
    if (first == std::string_view::npos) continue;
    lines.emplace_back(line.substr(first, line.find_last_not_of(white) - first + 1));
  }
  return lines;
}

std::string last_line(std::string_view text) {
  const std::vector<std::string> lines = lines_of(text);
  return lines.empty() ? "" : lines.back();
}

std::string between(std::string_view text, std::string_view begin, std::string_view end) {
  std::string found;
  for (const std::string& line : lines_of(text)) {
    const std::size_t from = line.rfind(begin);
    if (from == std::string::npos) continue;
    const std::size_t to = line.find(end, from + begin.size());
    if (to != std::string::npos) found = line.substr(from + begin.size(), to - from - begin.size());
  }
  return found;
}

}  // namespace sdlrun::stages::container
