// The end of a step whose result came from a shared cache.
#pragma once

#include "engine/plan/plan.hpp"
#include "engine/run/run_context.hpp"
#include "engine/run/step_end.hpp"

namespace sdlrun::engine {

/// Records the result and the attempt, then tells that the step is cached. The error is one of recording.
Result<StepEnd> end_as_fetched(const RunContext& run, dsl::NodeId step, const StepDecision& decision, const StepResult& result);

}  // namespace sdlrun::engine
