// Whether a path leads into a folder, by the texts of both.
#pragma once

#include <filesystem>

namespace sdlrun::engine {

/// Also where both are the same. Links are not followed; neither needs to be there.
inline bool lies_below(const std::filesystem::path& path, const std::filesystem::path& folder) {
  const std::filesystem::path relative = path.lexically_normal().lexically_relative(folder.lexically_normal());
  return !relative.empty() && *relative.begin() != "..";
}

}  // namespace sdlrun::engine
