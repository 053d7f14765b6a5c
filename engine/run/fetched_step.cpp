#include "engine/run/fetched_step.hpp"

namespace sdlrun::engine {

Result<StepEnd> end_as_fetched(const RunContext& run, dsl::NodeId step, const StepDecision& decision, const StepResult& result) {
  if (auto recorded = run.state.record_result(result); !recorded) return tl::unexpected(std::move(recorded.error()));
  // The duration is that of the run that made it, elsewhere: it predicts the next.
  auto recorded = run.state.record_attempt({.pipeline = run.pipeline.name,
                                            .step = run.step_name(step),
                                            .run = run.run,
                                            .key = decision.key.hex,
                                            .parts = decision.key.parts,
                                            .outcome = "cached",
                                            .reason = "its result was in the shared cache",
                                            .started = run.world.clock.wall(),
                                            .duration = result.duration,
                                            .log_file = {}});
  if (!recorded) return tl::unexpected(std::move(recorded.error()));
  run.events.emit(StepFinished{.step = step,
                               .name = run.step_name(step),
                               .outcome = StepOutcome::cached,
                               .warnings = result.warnings,
                               .outputs = small_outputs(result.outputs),
                               .from_shared_cache = true});
  return StepEnd{step, StepOutcome::cached, dsl::Value::record(result.outputs)};
}

}  // namespace sdlrun::engine
