// One step that really runs: from its slot to its published, recorded result.
//
// Order matters for whoever kills us in between: outputs are published, then the result is recorded, then the step is said
// to have finished. Killed before the record, the step runs again; a half-written output is never believed.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

#include "engine/plan/plan.hpp"
#include "engine/run/run_context.hpp"
#include "engine/run/step_context.hpp"
#include "engine/run/step_end.hpp"

namespace sdlrun::engine {

/// Made by std::make_shared only; lives while the step runs.
class StepExecution : public std::enable_shared_from_this<StepExecution> {
 public:
  /// `ended` is called once, on a worker, after the step's last event.
  StepExecution(const RunContext& run, dsl::NodeId step, StepDecision decision, std::function<void(StepEnd)> ended);

  /// On a worker; once.
  void start();
  /// The run is to end; any thread, at any time.
  void stop();

 private:
  void begin_task();
  void begin_timeout();
  void time_out();
  /// Everything the step had under way has ended.
  void finish();
  Result<dsl::Fields> settle();
  Result<dsl::Fields> publish(const StageOutputs& outputs);
  Result<void> check_outputs(const StageOutputs& outputs) const;
  Result<void> check_secrets(const StageOutputs& outputs) const;
  Result<void> check_inputs() const;
  Result<void> record_attempt(StepOutcome outcome);
  void report(StepOutcome outcome, const Result<dsl::Fields>& outputs);
  Milliseconds elapsed() const;
  const dsl::Node& node() const { return run_.pipeline[step_]; }

  const RunContext& run_;
  dsl::NodeId step_;
  StepDecision decision_;
  std::function<void(StepEnd)> ended_;
  StepContext context_;
  std::chrono::nanoseconds started_{0};
  Milliseconds started_wall_{0};
  Milliseconds duration_{0};
  std::optional<Result<StageOutputs>> result_;
  std::atomic<bool> was_stopped_{false};
  std::atomic<bool> has_timed_out_{false};
};

}  // namespace sdlrun::engine
