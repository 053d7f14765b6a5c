// What this machine leaves us: processors and memory, within the control groups (version 1 or 2) that we run in.
#pragma once

#include <filesystem>

#include "engine/world/machine_limits.hpp"

namespace sdlrun::engine {

/// `root` is where /proc and /sys are looked for. What cannot be read is not known (0).
MachineLimits machine_limits(const std::filesystem::path& root = "/");

}  // namespace sdlrun::engine
