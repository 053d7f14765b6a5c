// Names of runs: when they began, in local time, and a number where several began in the same second.
#pragma once

#include <string>

#include "engine/world/clock.hpp"

namespace sdlrun::engine {

/// "20261124-031502-1".
std::string run_name(Milliseconds started, int number);

}  // namespace sdlrun::engine
