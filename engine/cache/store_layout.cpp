#include "engine/cache/store_layout.hpp"

#include <algorithm>
#include <string>

namespace sdlrun::engine {

namespace {

/// 256 folders, so that none grows too large: store/ab/cdef…
std::filesystem::path spread(const std::filesystem::path& state_folder, std::string_view hex,
                             const std::string& ending) {
  return state_folder / "store" / hex.substr(0, 2) /
         (std::string(hex.substr(std::min<std::size_t>(2, hex.size()))) + ending);
}

std::string_view without_prefix(std::string_view digest) {
  return digest.substr(digest.find(':') + 1);
}

}  // namespace

std::filesystem::path store_entry(const std::filesystem::path& state_folder, std::string_view digest,
                                  std::uint64_t size) {
  constexpr std::string_view executable_mark = "+x";
  std::string_view hex = without_prefix(digest);
  const bool executable = hex.ends_with(executable_mark);
  if (executable) hex.remove_suffix(executable_mark.size());
  return spread(state_folder, hex, '-' + std::to_string(size) + (executable ? "+x" : ""));
}

std::filesystem::path store_manifest(const std::filesystem::path& state_folder, std::string_view digest) {
  return spread(state_folder, without_prefix(digest), ".tree");
}

std::filesystem::path outputs_folder(const std::filesystem::path& state_folder, std::string_view key) {
  return state_folder / "outputs" / key;
}

bool lies_in(const std::filesystem::path& path, const std::filesystem::path& folder) {
  const std::string& inner = path.native();
  const std::string& outer = folder.native();
  return inner.starts_with(outer) && (inner.size() == outer.size() || inner[outer.size()] == '/');
}

}  // namespace sdlrun::engine
