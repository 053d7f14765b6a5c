// Paths as texts.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace sdlrun::dsl {

/// `path` seen from `directory`, in normal form: without `.`, `..` and doubled slashes.
std::string path_from(const std::filesystem::path& directory, std::string_view path);

}  // namespace sdlrun::dsl
