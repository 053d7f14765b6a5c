#include "engine/plan/plan.hpp"

#include <algorithm>

#include "engine/cache/shared/sharable.hpp"
#include "engine/plan/evaluation.hpp"

namespace sdlrun::engine {

namespace {

std::size_t index_of(dsl::NodeId id) {
  return static_cast<std::uint32_t>(id);
}

/// One pass over the nodes in their order, in which dependencies come first.
class Planner {
 public:
  explicit Planner(const PlanContext& context) : context_(context), outputs_(context.pipeline.nodes.size()) {
    plan_.steps.reserve(context.pipeline.nodes.size());
    finished_ = [this](dsl::NodeId id) { return outputs_[index_of(id)]; };
  }

  Result<Plan> make(const std::vector<dsl::NodeId>& goals) {
    const std::vector<bool> needed = needed_nodes(context_.pipeline, goals);
    for (std::size_t index = 0; index < needed.size(); ++index) {
      const auto id = static_cast<dsl::NodeId>(index);
      auto step = needed[index] ? decide(id) : PlannedStep{.node = id, .reason = "no goal needs it"};
      if (!step) return tl::unexpected(in_step(id, std::move(step.error())));
      const bool may_run = step->decision == Decision::run || step->decision == Decision::decided_later;
      step->asks_shared_cache = context_.has_shared_cache && may_run && may_be_shared(context_.pipeline[id]);
      plan_.steps.push_back(std::move(*step));
    }
    return std::move(plan_);
  }

 private:
  Error in_step(dsl::NodeId id, Error error) const {
    const dsl::Node& node = context_.pipeline[id];
    error.message = (node.kind == dsl::NodeKind::step ? "step `" : "requirement `") + node.name + "`: " + error.message;
    return error;
  }

  Result<PlannedStep> decide(dsl::NodeId id) {
    const dsl::Node& node = context_.pipeline[id];
    if (node.is_switched_off()) return skipped(id);
    const PlannedStep* open = open_dependency(node);
    if (node.kind == dsl::NodeKind::requirement) return open != nullptr ? later(id, *open) : decide_requirement(id);
    if (open != nullptr) return decide_waiting(id, *open);
    return decide_ready(id);
  }

  /// A dependency that does not come from the cache: rather one that runs than one that waits itself.
  const PlannedStep* open_dependency(const dsl::Node& node) const {
    const PlannedStep* open = nullptr;
    for (const dsl::NodeId dependency : node.dependencies) {
      const PlannedStep& step = plan_.steps[index_of(dependency)];
      if (step.decision == Decision::run) return &step;
      if (open == nullptr && step.decision == Decision::decided_later) open = &step;
    }
    return open;
  }

  PlannedStep skipped(dsl::NodeId id) {
    outputs_[index_of(id)] = dsl::Value();
    return {.node = id, .decision = Decision::not_needed, .reason = "`when` is false"};
  }

  PlannedStep later(dsl::NodeId id, const PlannedStep& open) const {
    std::string reason = "waits for `" + context_.pipeline[open.node].name + '`';
    if (open.decision == Decision::run) reason += ", which runs";
    return {.node = id, .decision = Decision::decided_later, .reason = std::move(reason)};
  }

  Result<PlannedStep> decide_requirement(dsl::NodeId id) {
    const dsl::Node& node = context_.pipeline[id];
    const auto holds = evaluate_condition(context_.pipeline, node.condition, finished_);
    if (!holds) return tl::unexpected(holds.error());
    outputs_[index_of(id)] = dsl::Value();
    if (*holds) return PlannedStep{.node = id, .decision = Decision::cached, .reason = "holds"};
    return PlannedStep{.node = id, .decision = Decision::run, .reason = "does not hold"};
  }

  /// All that it depends on is known.
  Result<PlannedStep> decide_ready(dsl::NodeId id) {
    const dsl::Node& node = context_.pipeline[id];
    if (node.options.when) {
      const auto wanted = evaluate_condition(context_.pipeline, *node.options.when, finished_);
      if (!wanted) return tl::unexpected(wanted.error());
      if (!*wanted) return skipped(id);
    }
    auto decision = decide_step(context_, id, finished_);
    if (!decision) return tl::unexpected(std::move(decision.error()));
    PlannedStep step{.node = id, .reason = std::move(decision->reason), .key = std::move(decision->key)};
    if (decision->cached) {
      step.decision = Decision::cached;
      step.expected_duration = decision->cached->duration;
      outputs_[index_of(id)] = dsl::Value::record(decision->cached->outputs);
      step.result = std::move(decision->cached);
      return step;
    }
    step.decision = Decision::run;
    step.action = action_of(node, decision->inputs);
    step.expected_duration = last_duration(context_.state.last_attempt(context_.pipeline.name, node.name));
    return step;
  }

  /// It waits for a step that runs: what is known already may say that it runs too.
  Result<PlannedStep> decide_waiting(dsl::NodeId id, const PlannedStep& open) {
    const dsl::Node& node = context_.pipeline[id];
    const dsl::Fields inputs = known_values(node.inputs);
    const auto last = context_.state.last_attempt(context_.pipeline.name, node.name);
    PlannedStep step = later(id, open);
    step.action = action_of(node, inputs);
    step.expected_duration = last_duration(last);
    if (node.options.when && !node.options.when->known) return step;  // it may not be wanted at all
    auto reason = known_reason(node, inputs, last);
    if (!reason) return tl::unexpected(std::move(reason.error()));
    if (reason->empty()) return step;
    step.decision = Decision::run;
    step.reason = std::move(*reason);
    return step;
  }

  /// Why it runs whatever the steps give that it waits for; empty where that is not known yet.
  Result<std::string> known_reason(const dsl::Node& node, const dsl::Fields& inputs,
                                   const std::optional<StepAttempt>& last) const {
    if (!node.options.cache) return "cache = off";
    if (!last) return "first run";
    const dsl::Fields environment = known_values(node.options.environment);
    const auto now = known_key_parts(node, inputs, environment, context_.digests);
    if (!now) return tl::unexpected(now.error());
    std::vector<KeyPart> before = last->parts;
    std::erase_if(before, [&](const KeyPart& part) {
      return std::none_of(now->begin(), now->end(), [&](const KeyPart& known) { return known.name == part.name; });
    });
    return key_difference(before, *now);
  }

  std::string action_of(const dsl::Node& node, const dsl::Fields& known) const {
    const Stage* stage = context_.stages.find(*node.schema);
    return stage == nullptr ? std::string() : stage->plan(known);
  }

  /// How long it took when it last ran to its end.
  std::optional<Milliseconds> last_duration(const std::optional<StepAttempt>& last) const {
    if (!last) return std::nullopt;
    if (last->outcome == "ran") return last->duration;
    const auto result = context_.state.find_result(last->key);
    return result ? std::optional(result->duration) : std::nullopt;
  }

  const PlanContext& context_;
  Plan plan_;
  std::vector<std::optional<dsl::Value>> outputs_;  // of the steps that are known without running anything
  dsl::FinishedOutputs finished_;
};

}  // namespace

bool Plan::nothing_to_do() const {
  return std::none_of(steps.begin(), steps.end(), [](const PlannedStep& step) {
    return step.decision == Decision::run || step.decision == Decision::decided_later;
  });
}

std::vector<bool> needed_nodes(const dsl::Pipeline& pipeline, const std::vector<dsl::NodeId>& goals) {
  std::vector<bool> needed(pipeline.nodes.size(), false);
  for (const dsl::NodeId goal : goals.empty() ? pipeline.default_goals : goals) needed[index_of(goal)] = true;
  // Backwards: whoever needs a node comes behind it.
  for (std::size_t index = needed.size(); index-- > 0;) {
    const dsl::Node& node = pipeline.nodes[index];
    if (!needed[index] || node.is_switched_off()) continue;
    for (const dsl::NodeId dependency : node.dependencies) needed[index_of(dependency)] = true;
  }
  return needed;
}

Result<Plan> make_plan(const PlanContext& context, const std::vector<dsl::NodeId>& goals) {
  return Planner(context).make(goals);
}

}  // namespace sdlrun::engine
