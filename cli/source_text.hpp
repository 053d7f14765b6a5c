// Reading .sdl files as text.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

#include "engine/error.hpp"

namespace sdlrun::cli {

/// The whole text; the error names the file and the reason.
engine::Result<std::string> read_source(const std::filesystem::path& file);
std::string read_all(std::istream& input);

}  // namespace sdlrun::cli
