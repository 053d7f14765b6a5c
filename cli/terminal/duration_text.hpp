// Durations for people.
#pragma once

#include <string>

#include "engine/world/clock.hpp"

namespace sdlrun::cli {

/// "340ms", "12.3s", "2m05s", "1h02m".
std::string duration_text(engine::Milliseconds duration);

/// The same in whole seconds, for what is counted up on the screen: "3s", "2m05s".
std::string elapsed_text(engine::Milliseconds duration);

}  // namespace sdlrun::cli
