// One step that really runs: from its slot to its published, recorded result.
//
// Order matters for whoever kills us in between: outputs are published, then the result is recorded, then the step is said
// to have finished. Killed before the record, the step runs again; a half-written output is never believed.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>

#include "engine/cache/collection_lock.hpp"
#include "engine/plan/plan.hpp"
#include "engine/run/run_context.hpp"
#include "engine/run/step_context.hpp"
#include "engine/run/step_end.hpp"

namespace sdlrun::engine {

/// Made by std::make_shared only; lives while the step runs.
class StepExecution : public std::enable_shared_from_this<StepExecution> {
 public:
  struct Callbacks {
    /// Once, on a worker, after the step's last event.
    std::function<void(StepEnd)> ended;
    /// What the step had under way has ended well, and what it made is about to be put in place. Gives what starts the step that may
    /// have the place of this one meanwhile, if one may.
    std::function<std::function<void()>()> has_worked;
    /// False once the run starts nothing more.
    std::function<bool()> may_rest;
    /// An attempt has failed, and nothing of it is left: after this pause, `start` begins the next, or `give_up` ends it.
    std::function<void(Milliseconds)> rests;
    /// A kept result that still holds is the step's: as Decider::take_from_cache.
    std::function<std::variant<StepEnd, StepDecision>(StepDecision)> take_from_cache;
  };
  StepExecution(const RunContext& run, dsl::NodeId step, StepDecision decision, Callbacks callbacks);

  /// On a worker; once, and once after each rest.
  void start();
  /// Instead of `start` after a rest: ends with what the last attempt failed with.
  void give_up();
  /// The run is to end; any thread, at any time.
  void stop();
  /// Besides: also what still ends things outside has no more time.
  void stop_at_once();

 private:
  void make_context();
  void begin_attempt();
  void say_that_it_started(const std::string& reason);
  void ask_shared_cache();
  void run_instead();
  std::optional<StepResult> to_offer(StepOutcome outcome, const Result<dsl::Fields>& outputs) const;
  void conclude_fetched();
  bool asks_outside() const;
  void ask_outside();
  void take_answer_of_outside(std::optional<std::string> change);
  void conclude_still_cached();
  void begin_task();
  void begin_timeout();
  void time_out(std::int64_t attempt);
  /// Everything the step had under way has ended.
  void finish();
  /// Puts in place and records what it made, or begins again.
  void finish_work();
  bool may_try_again() const;
  Milliseconds pause() const;
  std::string attempt_of_all() const;
  void rest(Error error);
  void conclude(StepOutcome outcome, Result<dsl::Fields> outputs);
  Result<dsl::Fields> settle();
  Result<dsl::Fields> publish(const StageOutputs& outputs);
  Result<void> hold_off_collection();
  bool is_kept(const StepResult& fetched);
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
  Callbacks callbacks_;
  std::mutex context_mutex_;  // for those who stop it, from other threads than the step's own
  std::shared_ptr<StepContext> context_;
  std::atomic<std::int64_t> attempt_{0};
  Error failure_;  // of the last attempt
  std::chrono::nanoseconds started_{0};
  Milliseconds started_wall_{0};
  Milliseconds duration_{0};
  std::optional<Result<StageOutputs>> result_;
  std::optional<StepResult> fetched_;  // from the shared cache, in place of `result_`
  NoCollection no_collection_;         // from what is published to its record
  bool still_holds_ = false;           // the kept result, as was asked outside
  bool may_offer_ = false;
  bool is_said_to_start_ = false;
  bool stop_requested_ = false;  // also between attempts; context_mutex_'s
  std::atomic<bool> was_stopped_{false};
  std::atomic<bool> has_timed_out_{false};
};

}  // namespace sdlrun::engine
