// How many steps may run at once, where nothing else is said.
#pragma once

#include <cstddef>

#include "engine/world/machine_limits.hpp"

namespace sdlrun::cli {

/// `jobs` (`-j`), or where it is 0 as many as there are processors.
std::size_t slots_of(std::size_t jobs, const engine::MachineLimits& machine);

}  // namespace sdlrun::cli
