// One step whose dependencies have finished: is its result there already, and if not, why does it run?
#include <random>

#include "engine/outside/outside_records.hpp"
#include "engine/plan/evaluation.hpp"
#include "engine/plan/plan.hpp"

namespace sdlrun::engine {

namespace {

constexpr std::string_view cache_is_off = "cache = off";

/// A key that no result was or will be recorded under.
std::string key_of_this_time_only(const std::string& key) {
  std::random_device random;
  std::string mixed = key;
  for (int word = 0; word < 4; ++word) mixed += std::to_string(random()) + ' ';
  return sha256(mixed);
}

/// What stands in the way of a recorded result, where there is one.
enum class Obstacle { none_recorded, outputs_gone, torn, gone_outside };

std::string why_it_runs(const PlanContext& context, const dsl::Node& node, const StepKey& key, Obstacle obstacle) {
  if (obstacle == Obstacle::torn) return "its outputs were damaged when the machine went down";
  const auto last = context.state.last_attempt(context.pipeline.name, node.name);
  if (!last) return obstacle == Obstacle::none_recorded ? "first run" : "its outputs are missing or were changed";
  std::string difference = key_difference(last->parts, key.parts);
  if (!difference.empty()) return difference;
  if (last->outcome == "failed") return "failed last time";
  if (last->outcome == "stopped") return "was stopped last time";
  if (obstacle == Obstacle::gone_outside) return "what it made outside this project is gone";
  if (last->reason == cache_is_off) return "`cache = off` kept no result last time";
  if (obstacle == Obstacle::none_recorded && context.state.was_collected(key.hex)) return "its result was removed by gc";
  return obstacle == Obstacle::none_recorded ? "its result was forgotten" : "its outputs are missing or were changed";
}

/// "adopts `sdl-…`, started by run R", where an earlier run has left something of this key outside.
std::optional<std::string> what_it_takes_over(const PlanContext& context, const Stage& stage, const StepDecision& decision) {
  if (!stage.starts_outside(decision.inputs)) return std::nullopt;
  const auto open = OutsideRecords(context.store.state_folder(), context.store.files()).open();
  const OutsideRecord* record = taken_over_by(decision.outside_key, open);
  if (record == nullptr) return std::nullopt;
  const bool is_sure = record->state != OutsideState::intended;
  return "adopts `" + record->name + (is_sure ? "`, started by run " : "`, which may have been started by run ") + record->run;
}

}  // namespace

Result<StepDecision> decide_step(const PlanContext& context, dsl::NodeId id, const dsl::FinishedOutputs& finished) {
  const dsl::Node& node = context.pipeline[id];
  const Stage* stage = context.stages.find(*node.schema);
  if (stage == nullptr) return failure("there is no stage `" + node.schema->full_name() + "` in this sdlrun");
  auto inputs = evaluate_all(context.pipeline, node.inputs, finished);
  if (!inputs) return tl::unexpected(std::move(inputs.error()));
  auto environment = evaluate_all(context.pipeline, node.options.environment, finished);
  if (!environment) return tl::unexpected(std::move(environment.error()));
  auto hex = step_key_hex(node, *stage, *inputs, *environment, context.digests);
  if (!hex) return tl::unexpected(std::move(hex.error()));

  StepDecision decision{.key = {.hex = std::move(*hex), .parts = {}},
                        .inputs = std::move(*inputs),
                        .environment = std::move(*environment),
                        .outside_key = {},
                        .cached = {},
                        .reason = {}};
  // Two steps with `cache = off` and the same inputs are two things to do.
  decision.outside_key = node.options.cache ? decision.key.hex : sha256(decision.key.hex + '\n' + context.pipeline.name + '\n' + node.name);
  auto obstacle = Obstacle::none_recorded;
  if (auto result = node.options.cache ? context.state.find_result(decision.key.hex) : std::nullopt) {
    const bool is_there = context.store.is_intact(result->outputs, /*verify_content=*/false);
    decision.is_verified = is_there && !result->unsynced_boot.empty();
    decision.is_torn = decision.is_verified && !context.store.is_intact(result->outputs, /*verify_content=*/true);
    const bool is_still_there = !stage->looks_around() || stage->still_there(result->outputs);
    if (is_there && !decision.is_torn && is_still_there) decision.cached = std::move(result);
    obstacle = decision.is_torn ? Obstacle::torn : is_there ? Obstacle::gone_outside : Obstacle::outputs_gone;
  }
  if (!decision.cached || context.wants_all_parts) {
    if (auto added = add_key_parts(context, id, decision); !added) return tl::unexpected(std::move(added.error()));
  }
  if (decision.cached) return decision;
  auto taken_over = what_it_takes_over(context, *stage, decision);
  decision.reason = taken_over ? std::move(*taken_over) : node.options.cache ? why_it_runs(context, node, decision.key, obstacle) : std::string(cache_is_off);
  if (!node.options.cache) decision.key.hex = key_of_this_time_only(decision.key.hex);
  return decision;
}

Result<void> add_key_parts(const PlanContext& context, dsl::NodeId id, StepDecision& decision) {
  if (!decision.key.parts.empty()) return {};
  const dsl::Node& node = context.pipeline[id];
  auto key = step_key(node, *context.stages.find(*node.schema), decision.inputs, decision.environment, context.digests);
  if (!key) return tl::unexpected(std::move(key.error()));
  decision.key = std::move(*key);
  return {};
}

}  // namespace sdlrun::engine
