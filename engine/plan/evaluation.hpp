// Values of a node, as far as they are known at this moment.
#pragma once

#include <optional>
#include <vector>

#include "dsl/pipeline/pipeline.hpp"
#include "engine/error.hpp"

namespace sdlrun::engine {

/// All of them; those that wait for steps are evaluated now, and what goes wrong then is the error.
Result<dsl::Fields> evaluate_all(const dsl::Pipeline& pipeline, const std::vector<dsl::NodeInput>& inputs,
                                 const dsl::FinishedOutputs& finished);

/// Only those that are known without any step.
dsl::Fields known_values(const std::vector<dsl::NodeInput>& inputs);

/// A condition (`when`, `require`) whose steps have finished.
Result<bool> evaluate_condition(const dsl::Pipeline& pipeline, const dsl::PartialValue& condition,
                                const dsl::FinishedOutputs& finished);

}  // namespace sdlrun::engine
