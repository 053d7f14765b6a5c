#include "engine/cache/manifest.hpp"

#include <charconv>

namespace sdlrun::engine {

namespace {

char letter_of(FileKind kind) {
  if (kind == FileKind::directory) return 'd';
  return kind == FileKind::symbolic_link ? 'l' : 'f';
}

bool is_as_listed(const Files& files, const std::filesystem::path& root, std::string_view entry) {
  const std::size_t space = entry.find(' ');
  if (space == std::string_view::npos || space == 0) return false;
  std::uint64_t size = 0;
  const char* const digits_end = entry.data() + space;
  if (std::from_chars(entry.data() + 1, digits_end, size).ptr != digits_end) return false;
  const auto status = files.status(root / entry.substr(space + 1));
  if (!status || !status->has_value() || letter_of((*status)->kind) != entry[0]) return false;
  return (*status)->kind != FileKind::regular || (*status)->size == size;
}

}  // namespace

std::string manifest_entry(FileKind kind, std::uint64_t size, const std::filesystem::path& relative) {
  const std::uint64_t listed_size = kind == FileKind::regular ? size : 0;
  return letter_of(kind) + std::to_string(listed_size) + ' ' + relative.string() + '\0';
}

bool matches_manifest(const Files& files, const std::filesystem::path& root, std::string_view manifest) {
  while (!manifest.empty()) {
    const std::size_t end = manifest.find('\0');
    if (end == std::string_view::npos || !is_as_listed(files, root, manifest.substr(0, end))) return false;
    manifest.remove_prefix(end + 1);
  }
  return true;
}

}  // namespace sdlrun::engine
