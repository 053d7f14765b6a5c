#include "engine/cache/id_ranges.hpp"

#include <algorithm>
#include <charconv>

namespace sdlrun::engine {

namespace {

/// Takes a number from the front; 0 where there is none.
std::int64_t take_number(std::string_view& text) {
  std::int64_t number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number).ptr;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool take(std::string_view& text, char letter) {
  if (!text.starts_with(letter)) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string id_ranges(std::vector<std::int64_t> ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  std::string text;
  for (std::size_t first = 0; first < ids.size();) {
    std::size_t last = first;
    while (last + 1 < ids.size() && ids[last + 1] == ids[last] + 1) ++last;
    if (!text.empty()) text += ',';
    text += std::to_string(ids[first]);
    if (last > first) text += '-' + std::to_string(ids[last]);
    first = last + 1;
  }
  return text;
}

std::vector<std::int64_t> ids_in(std::string_view ranges) {
  constexpr std::int64_t most = 10'000'000;  // no run has more steps: a text that is damaged must not fill the memory
  std::vector<std::int64_t> ids;
  do {
    const std::int64_t first = take_number(ranges);
    const std::int64_t last = take(ranges, '-') ? take_number(ranges) : first;
    if (first <= 0 || last < first || last - first >= most) break;
    for (std::int64_t id = first; id <= last; ++id) ids.push_back(id);
  } while (take(ranges, ','));
  return ids;
}

}  // namespace sdlrun::engine
