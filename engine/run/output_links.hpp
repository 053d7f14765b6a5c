// What a pipeline gives, where people look for it: out/<pipeline>/<name>.
#pragma once

#include <filesystem>

#include "engine/run/run_context.hpp"

namespace sdlrun::engine {

/// Whether all outputs can be linked, so that a run does not find out at its end: in the place of one there may be
/// nothing, or a link of an earlier run; anything else is the user's, and an error.
Result<void> check_output_places(const RunContext& run);

/// Links the files and folders among the outputs, each atomically, and tells of all outputs. Left out are those of steps
/// that this run did not need. Links are relative, so that the project may move, unless `out` or a folder in it is a link itself. False, and nothing
/// is linked, where an output's expression fails (a division by zero, an index that is not there): that is told among the run's diagnostics.
Result<bool> publish_outputs(const RunContext& run);

}  // namespace sdlrun::engine
