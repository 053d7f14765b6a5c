// What steps have begun on this machine for the time of the run is taken away, by the programs that they have named for it
// (engine/closing), however the run has ended.
#pragma once

#include <vector>

#include "engine/closing/closings.hpp"
#include "engine/run/run_context.hpp"

namespace sdlrun::engine {

/// Runs them one after the other, also where the run is to stop; a second request to stop ends that too. What could not be taken
/// away is told as a warning, and its record stays for the next run.
void run_closings(const RunContext& run, Closings& closings, const std::vector<OpenClosing>& open);

}  // namespace sdlrun::engine
