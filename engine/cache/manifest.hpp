// The listing of a published folder, kept beside the store's contents: a cached folder is checked by a look at each
// entry.
//
// One entry after the other: 'f' (file), 'd' (folder) or 'l' (link), the size of a file in digits, a space, the path
// relative to the folder, and a NUL byte, which no path holds.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "engine/world/files.hpp"

namespace sdlrun::engine {

std::string manifest_entry(FileKind kind, std::uint64_t size, const std::filesystem::path& relative);

/// Whether all that a manifest lists is below `root`, each of its kind and size. False for what is no manifest.
bool matches_manifest(const Files& files, const std::filesystem::path& root, std::string_view manifest);

}  // namespace sdlrun::engine
