#include "engine/plan/plan.hpp"

#include <algorithm>

#include "engine/cache/shared/sharable.hpp"
#include "engine/plan/evaluation.hpp"
#include "engine/plan/preview.hpp"

namespace sdlrun::engine {

namespace {

/// One pass over the nodes in their order, in which dependencies come first.
class Planner {
 public:
  explicit Planner(const PlanContext& context, const std::vector<dsl::NodeId>& goals) : context_(context), needed_(context.pipeline, goals) {
    plan_.steps.reserve(context.pipeline.nodes.size());
    make_room();
    finished_ = [this](dsl::NodeId id) { return index_of(id) < outputs_.size() ? outputs_[index_of(id)] : std::nullopt; };
  }

  Result<Plan> make() {
    // What grows while this goes on is planned behind its gate.
    const std::size_t count = context_.pipeline.nodes_in_the_beginning();
    for (std::size_t index = 0; index < count; ++index) {
      if (auto added = add(static_cast<dsl::NodeId>(index)); !added) return tl::unexpected(std::move(added.error()));
    }
    return std::move(plan_);
  }

 private:
  void make_room() {
    outputs_.resize(context_.pipeline.nodes.size());
    place_.resize(context_.pipeline.nodes.size());
  }

  Result<void> add(dsl::NodeId id) {
    auto step = needed_.contains(id) ? decide(id) : PlannedStep{.node = id, .reason = "no goal needs it"};
    if (!step) return tl::unexpected(in_step(id, std::move(step.error())));
    const bool may_run = step->decision == Decision::run || step->decision == Decision::decided_later;
    const bool is_step = context_.pipeline[id].kind == dsl::NodeKind::step;
    step->asks_shared_cache = context_.has_shared_cache && may_run && is_step && may_be_shared(context_.pipeline[id]);
    place_[index_of(id)] = plan_.steps.size();
    const bool is_open_gate = context_.pipeline[id].kind == dsl::NodeKind::gate && step->decision == Decision::cached;
    plan_.steps.push_back(std::move(*step));
    return is_open_gate ? add_behind(id) : Result<void>();
  }

  /// What is behind a gate whose list or choice is known without running anything.
  Result<void> add_behind(dsl::NodeId gate) {
    dsl::Diagnostics found;
    const auto growth = dsl::grow(context_.pipeline, gate, finished_, found);
    if (!growth) return tl::unexpected(in_step(gate, first_error(found)));
    make_room();
    needed_.grow(*growth);
    for (const dsl::NodeId node : growth->added) {
      if (auto added = add(node); !added) return added;
    }
    return {};
  }

  static Error first_error(const dsl::Diagnostics& found) {
    const dsl::Diagnostic first = found.sorted().front();
    return {.message = first.message, .hint = first.hint, .span = first.span};
  }

  Error in_step(dsl::NodeId id, Error error) const {
    const dsl::Node& node = context_.pipeline[id];
    error.message = (node.kind == dsl::NodeKind::requirement ? "requirement `" : "step `") + node.name + "`: " + error.message;
    return error;
  }

  Result<PlannedStep> decide(dsl::NodeId id) {
    const dsl::Node& node = context_.pipeline[id];
    if (node.is_switched_off()) return skipped(id);
    const PlannedStep* open = open_dependency(node);
    if (node.kind == dsl::NodeKind::gate) return open != nullptr ? later(id, *open) : open_gate(id);
    if (node.kind == dsl::NodeKind::requirement) return open != nullptr ? later(id, *open) : decide_requirement(id);
    if (open != nullptr) return decide_waiting(id, *open);
    return decide_ready(id);
  }

  /// A dependency that does not come from the cache: rather one that runs than one that waits itself.
  const PlannedStep* open_dependency(const dsl::Node& node) const {
    const PlannedStep* open = nullptr;
    for (const dsl::NodeId dependency : node.dependencies) {
      const PlannedStep& step = plan_.steps[place_[index_of(dependency)]];
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

  PlannedStep open_gate(dsl::NodeId id) {
    outputs_[index_of(id)] = dsl::Value();
    return {.node = id, .decision = Decision::cached, .reason = "its steps are known"};
  }

  Result<PlannedStep> decide_requirement(dsl::NodeId id) {
    const dsl::Node& node = context_.pipeline[id];
    const auto holds = evaluate_condition(context_.pipeline, *node.condition, finished_);
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
    add_preview(node, *decision, step);
    if (decision->cached && !step.preview.empty()) {
      step.reason = "what it made outside is not as it was left";
    } else if (decision->cached) {
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

  /// What a cached step made outside may have been changed since: then the stage knows what running it would do.
  void add_preview(const dsl::Node& node, const StepDecision& decision, PlannedStep& step) const {
    const Stage* stage = context_.stages.find(*node.schema);
    if (context_.previewer == nullptr || stage == nullptr || !stage->has_preview()) return;
    auto preview = context_.previewer->ask(*stage, node, decision.inputs, decision.environment);
    if (preview) step.preview = std::move(*preview);
    else step.no_preview = preview.error().message;
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
    const Stage* stage = context_.stages.find(*node.schema);
    if (stage == nullptr) return failure("there is no stage `" + node.schema->full_name() + "` in this sdlrun");
    const auto now = known_key_parts(node, *stage, inputs, environment, context_.digests);
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
  NeededNodes needed_;
  std::vector<std::size_t> place_;  // of each node among the plan's steps
  std::vector<std::optional<dsl::Value>> outputs_;  // of the steps that are known without running anything
  dsl::FinishedOutputs finished_;
};

}  // namespace

bool Plan::nothing_to_do() const {
  return std::none_of(steps.begin(), steps.end(), [](const PlannedStep& step) {
    return step.decision == Decision::run || step.decision == Decision::decided_later;
  });
}

Result<Plan> make_plan(const PlanContext& context, const std::vector<dsl::NodeId>& goals) {
  return Planner(context, goals).make();
}

}  // namespace sdlrun::engine
