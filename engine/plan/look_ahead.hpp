// Mistakes in the inputs of steps that their stages can tell before anything runs.
#pragma once

#include <vector>

#include "dsl/diagnostics/diagnostic.hpp"
#include "dsl/pipeline/pipeline.hpp"
#include "engine/stage/stage.hpp"

namespace sdlrun::engine {

/// Asks the stages of all steps that the goals are known to need (none: the default goals), with what is known of their inputs:
/// values of the file, and outputs that the stages of other steps foresee. Nothing of the cache is asked, so that the answer is
/// the same on each machine but for the files that stages look at.
dsl::Diagnostics look_ahead(const dsl::Pipeline& pipeline, const StageSet& stages, const std::vector<dsl::NodeId>& goals);

}  // namespace sdlrun::engine
