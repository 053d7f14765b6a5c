// The event that tells of the steps behind a gate that has opened.
#pragma once

#include <vector>

#include "dsl/pipeline/pipeline.hpp"
#include "engine/run/event.hpp"

namespace sdlrun::engine {

/// `added`: those of the growth that are needed.
StepsAdded steps_added(const dsl::Pipeline& pipeline, const dsl::Growth& growth, const std::vector<dsl::NodeId>& added);

}  // namespace sdlrun::engine
