// A chain of steps in one line.
#pragma once

#include <string>

#include "cli/terminal/style.hpp"
#include "engine/simulate/critical_path.hpp"

namespace sdlrun::cli {

/// "4m00s: fetch → train → report"; of a long one the beginning and the end.
std::string path_text(const dsl::Pipeline& pipeline, const engine::CriticalPath& path, const Style& style);

}  // namespace sdlrun::cli
