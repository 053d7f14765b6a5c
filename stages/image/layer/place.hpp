// Places in an image, as tar writes them: "usr/bin", and "" for the root.
#pragma once

#include <string>
#include <string_view>

namespace sdlrun::stages::image {

/// How names begin that say of others that they are removed.
inline constexpr std::string_view whiteout = ".wh.";

inline std::string below(const std::string& folder, const std::string& name) { return folder.empty() ? name : folder + '/' + name; }

inline std::string folder_of(const std::string& place) {
  const std::size_t slash = place.rfind('/');
  return slash == std::string::npos ? "" : place.substr(0, slash);
}

}  // namespace sdlrun::stages::image
