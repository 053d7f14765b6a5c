#include "engine/cache/store_layout.hpp"

#include <algorithm>
#include <string>

namespace sdlrun::engine {

namespace {

/// 256 folders, so that none grows too large: store/ab/cdef…
std::string spread(const std::filesystem::path& state_folder, std::string_view hex, std::string_view ending) {
  const std::size_t folder = std::min<std::size_t>(2, hex.size());
  std::string path = state_folder.native();
  path.reserve(path.size() + hex.size() + ending.size() + 8);
  path += "/store/";
  path += hex.substr(0, folder);
  path += '/';
  path += hex.substr(folder);
  return path += ending;
}

std::string_view without_prefix(std::string_view digest) {
  return digest.substr(digest.find(':') + 1);
}

}  // namespace

std::string store_entry(const std::filesystem::path& state_folder, std::string_view digest, std::uint64_t size) {
  constexpr std::string_view executable_mark = "+x";
  std::string_view hex = without_prefix(digest);
  const bool executable = hex.ends_with(executable_mark);
  if (executable) hex.remove_suffix(executable_mark.size());
  return spread(state_folder, hex, '-' + std::to_string(size) + (executable ? "+x" : ""));
}

std::string store_manifest(const std::filesystem::path& state_folder, std::string_view digest) {
  return spread(state_folder, without_prefix(digest), ".tree");
}

std::filesystem::path outputs_folder(const std::filesystem::path& state_folder, std::string_view key) {
  return state_folder / "outputs" / key;
}

bool lies_in(std::string_view inner, const std::filesystem::path& folder) {
  const std::string& outer = folder.native();
  return inner.starts_with(outer) && (inner.size() == outer.size() || inner[outer.size()] == '/');
}

}  // namespace sdlrun::engine
