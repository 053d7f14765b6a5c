// How FakeFiles writes its paths.
#pragma once

#include <filesystem>
#include <string>

namespace sdlrun::engine::fake_paths {

inline std::string normal(const std::filesystem::path& path) {
  std::string text = ("/" / path).lexically_normal().string();
  if (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

inline std::string parent(const std::string& path) { return std::filesystem::path(path).parent_path().string(); }

/// What all names below a folder begin with.
inline std::string prefix_of(const std::string& folder) { return folder == "/" ? folder : folder + '/'; }

}  // namespace sdlrun::engine::fake_paths
