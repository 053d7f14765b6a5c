// One run from the first event to the exit code: state, world, signals and view put together.
#pragma once

#include "cli/console.hpp"
#include "cli/opened_pipeline.hpp"
#include "cli/run_choices.hpp"

namespace sdlrun::cli {

/// To be called while the process has one thread only. Returns when every step has ended, with the exit code.
int run_opened_pipeline(Console& console, OpenedPipeline& opened, const RunChoices& choices);

/// The command line as the run's record keeps it: params that are secret do not stand in it.
std::string recorded_command(const dsl::Pipeline& pipeline, const std::vector<std::string>& words);

}  // namespace sdlrun::cli
