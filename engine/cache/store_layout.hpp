// Where things lie in the store.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace sdlrun::engine {

/// Of a file's content. `digest` is "sha256:…" or "sha256:…+x".
std::string store_entry(const std::filesystem::path& state_folder, std::string_view digest, std::uint64_t size);
/// Of a folder's manifest. `digest` is "tree:…".
std::string store_manifest(const std::filesystem::path& state_folder, std::string_view digest);
/// outputs/<key>.
std::filesystem::path outputs_folder(const std::filesystem::path& state_folder, std::string_view key);
/// True if `path` is `folder` or lies below it; both absolute and normal.
bool lies_in(std::string_view path, const std::filesystem::path& folder);

}  // namespace sdlrun::engine
