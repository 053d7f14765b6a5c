// A pipeline whose steps only take time: same names, order, limits and retries; no inputs, outputs or environment.
#pragma once

#include <string>
#include <vector>

#include "dsl/pipeline/pipeline.hpp"
#include "dsl/stage_schema/stage_schema.hpp"

namespace sdlrun::engine {

/// What every step of a simulation is an instance of: one input, `step`, its name, so that no two have the same key.
dsl::StageSchema simulated_schema();

struct SimulatedPipeline {
  dsl::Pipeline pipeline;
  std::vector<std::string> assumptions;
};

/// `schema` outlives what is returned. Assumptions are made of needed nodes only.
SimulatedPipeline simulated(const dsl::Pipeline& pipeline, const std::vector<bool>& needed, const dsl::StageSchema& schema);

}  // namespace sdlrun::engine
