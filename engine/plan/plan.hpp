// The plan: for every step whether it would run, and why. Pure reading: nothing is touched on disk.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dsl/pipeline/pipeline.hpp"
#include "engine/cache/state.hpp"
#include "engine/cache/store.hpp"
#include "engine/error.hpp"
#include "engine/plan/needed_nodes.hpp"
#include "engine/stage/stage.hpp"

namespace sdlrun::engine {

enum class Decision { run, cached, not_needed, decided_later };

struct PlannedStep {
  dsl::NodeId node{};
  Decision decision = Decision::not_needed;
  /// "first run", "input `epochs` changed: 3 → 5", "no goal needs it", "waits for `train`, which runs".
  std::string reason = {};
  /// What running it would do, by the stage's own word.
  std::string action = {};
  std::optional<StepKey> key = {};                     // where its inputs are known
  std::optional<StepResult> result = {};               // where cached
  std::optional<Milliseconds> expected_duration = {};  // as last measured
  /// It is to run, or may be, and the shared cache is asked before it does: the plan itself asks nobody.
  bool asks_shared_cache = false;
  /// What running it would change outside, line by line, where its stage has been asked.
  std::vector<std::string> preview = {};
  /// Why it has not been, or gave no answer.
  std::string no_preview = {};
};

struct Plan {
  /// One a node of the pipeline, in its order, but for steps behind a gate, which come after it.
  std::vector<PlannedStep> steps;
  bool nothing_to_do() const;
};

class Previewer;

/// What deciding about a step needs; the executor decides by the same functions as the plan.
struct PlanContext {
  dsl::Pipeline& pipeline;  // grows where what a gate waits for is known
  const StageSet& stages;
  State& state;
  Store& store;
  FileDigests& digests;
  bool has_shared_cache = false;
  /// Whether the keys of steps that come from the cache have their parts too, which cost more than all else that is asked
  /// of such a step.
  bool wants_all_parts = false;
  /// Asked what steps would change outside; none: they are not asked.
  Previewer* previewer = nullptr;
};

/// One step whose dependencies have finished (`finished` knows their outputs): its key, and its result where cached.
/// The key of a step with `cache = off` is another each time, so that no result is ever found under it. A cached step's
/// key has its parts only where they are wanted.
struct StepDecision {
  StepKey key;
  dsl::Fields inputs;
  dsl::Fields environment;
  /// The step's key for what it starts outside: the same each time, also with `cache = off`.
  std::string outside_key = {};
  std::optional<StepResult> cached = {};
  bool is_verified = false;  // by content, as the machine may have crashed since
  bool is_torn = false;      // a result was recorded, and the machine's crash has damaged its outputs
  std::string reason = {};  // why it runs, where it isn't cached
};
Result<StepDecision> decide_step(const PlanContext& context, dsl::NodeId node, const dsl::FinishedOutputs& finished);
/// Adds the parts of its key to a decision that may have none.
Result<void> add_key_parts(const PlanContext& context, dsl::NodeId node, StepDecision& decision);

/// Linear in nodes and edges. A requirement that holds is `cached`, one that does not, `run`; so is a gate that opens without
/// running anything, and what is behind it is part of the plan.
Result<Plan> make_plan(const PlanContext& context, const std::vector<dsl::NodeId>& goals);

}  // namespace sdlrun::engine
