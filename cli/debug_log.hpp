// The engine's own log, for those who look for a mistake in sdlrun itself. Silent unless asked for.
#pragma once

#include <string>

#include "cli/console.hpp"

namespace sdlrun::cli {

/// To a file where one is named, to the standard error where SDLRUN_LOG=debug, else nowhere. A file that cannot be
/// written is a warning: it must not keep a pipeline from running.
void start_debug_log(const Console& console, const std::string& file);

}  // namespace sdlrun::cli
