#include "engine/run/cached_step.hpp"

namespace sdlrun::engine {

Result<void> record_cached(const RunContext& run, dsl::NodeId step, const StepDecision& decision, const StepResult& result,
                           const std::string& reason) {
  return run.state.record_attempt({.pipeline = run.pipeline.name,
                                   .step = run.step_name(step),
                                   .run = run.run,
                                   .key = decision.key.hex,
                                   .parts = decision.key.parts,
                                   .outcome = "cached",
                                   .reason = reason,
                                   .started = run.world.clock.wall(),
                                   .duration = result.duration,
                                   .log_file = {}});
}

StepEnd end_as_cached(const RunContext& run, dsl::NodeId step, const StepResult& result, bool from_shared_cache) {
  run.events.emit(StepFinished{.step = step,
                               .name = run.step_name(step),
                               .outcome = StepOutcome::cached,
                               .warnings = result.warnings,
                               .outputs = small_outputs(result.outputs),
                               .from_shared_cache = from_shared_cache});
  return {step, StepOutcome::cached, dsl::Value::record(result.outputs)};
}

}  // namespace sdlrun::engine
