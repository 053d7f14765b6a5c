#include "dsl/values/path_text.hpp"

namespace sdlrun::dsl {

namespace {

/// Names with a slash between each two, and nothing that a normal form would change.
bool is_plain(std::string_view path) {
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    if (name.empty() || name == "." || name == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace

std::string path_from(const std::filesystem::path& directory, std::string_view path) {
  const std::string& folder = directory.native();
  const bool is_normal = folder.starts_with('/') && is_plain(std::string_view(folder).substr(1)) && is_plain(path);
  // The usual case by itself: std::filesystem takes both apart and puts them together again, a piece at a time.
  if (!is_normal) return (directory / path).lexically_normal().string();
  std::string joined;
  joined.reserve(folder.size() + 1 + path.size());
  joined += folder;
  joined += '/';
  return joined += path;
}

}  // namespace sdlrun::dsl
