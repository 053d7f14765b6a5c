// Which paths and links mean the same in every folder, and lead out of none.
#include <algorithm>

#include "engine/cache/shared/shared_entry.hpp"

namespace sdlrun::engine {

namespace {

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    if (slash == path.npos) return parts;
    path.remove_prefix(slash + 1);
  }
}

bool is_portable_name(std::string_view part) {
  constexpr std::size_t longest = 255;
  return !part.empty() && part.size() <= longest && part != "." && part != ".." && part != ".sdl" && part.find('\0') == part.npos;
}

constexpr std::size_t longest_path = 2048;  // with the folder before it, below PATH_MAX

}  // namespace

bool is_portable_path(std::string_view path) {
  if (path.size() > longest_path) return false;
  const auto parts = parts_of(path);
  return std::all_of(parts.begin(), parts.end(), is_portable_name);
}

bool is_portable_link(std::string_view path, std::string_view target) {
  if (target.empty() || target.size() > longest_path) return false;
  std::vector<std::string_view> parts = parts_of(target);
  // Leading ".." go up from the link's own folder, which is none behind another link. One that comes later would go up from
  // wherever a link before it leads.
  const auto first_name = std::find_if(parts.begin(), parts.end(), [](std::string_view part) { return part != ".."; });
  const auto up = static_cast<std::size_t>(first_name - parts.begin());
  if (parts.back().empty()) parts.pop_back();  // "folder/"
  const std::size_t depth = parts_of(path).size() - 1;
  const std::size_t names = std::min(up, parts.size());
  return up <= depth && std::all_of(parts.begin() + static_cast<std::ptrdiff_t>(names), parts.end(),
                                    [](std::string_view part) { return part == "." || is_portable_name(part); });
}

}  // namespace sdlrun::engine
