// The end of a step whose result was there: in this project's cache, or in a shared one.
#pragma once

#include <string>

#include "engine/plan/plan.hpp"
#include "engine/run/run_context.hpp"
#include "engine/run/step_end.hpp"

namespace sdlrun::engine {

/// Records an attempt that took the result over. Its duration is that of the run that made it: it predicts the next.
Result<void> record_cached(const RunContext& run, dsl::NodeId step, const StepDecision& decision, const StepResult& result,
                           const std::string& reason);

/// Tells that the step is cached.
StepEnd end_as_cached(const RunContext& run, dsl::NodeId step, const StepResult& result, bool from_shared_cache);

}  // namespace sdlrun::engine
