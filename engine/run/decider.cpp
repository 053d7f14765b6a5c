#include "engine/run/decider.hpp"

#include "engine/cache/collection_lock.hpp"
#include "engine/run/cached_step.hpp"
#include "engine/run/outside_open.hpp"
#include "engine/unchanged/note_taker.hpp"

namespace sdlrun::engine {

std::variant<StepEnd, StepDecision> Decider::decide(dsl::NodeId node) {
  const auto applies = run_.values.holds(run_.pipeline[node].options.when);
  if (!applies) return fail(node, applies.error());
  if (!*applies) return skip(node);
  if (run_.pipeline[node].kind == dsl::NodeKind::gate) return open_gate(node);
  if (run_.pipeline[node].kind == dsl::NodeKind::requirement) return decide_requirement(node);
  auto decision = decide_step(run_.plan_context(), node, run_.values.finished());
  if (!decision) return fail(node, decision.error());
  if (const Stage* stage = run_.stages.find(*run_.pipeline[node].schema); stage != nullptr && stage->starts_outside(decision->inputs)) {
    run_.open_outside.tell_of_other_keys(run_.step_name(node), decision->outside_key);
  }
  if (decision->is_torn) run_.state.forget_result(decision->key.hex);
  // What was read whole after the machine's start has reached its disk before it.
  if (decision->cached && decision->is_verified) {
    leave_no_note();
    static_cast<void>(run_.state.mark_synced({decision->key.hex}));
  }
  if (decision->cached && !asks_outside(node, *decision)) return take_from_cache(node, std::move(*decision));
  // Nobody but the stage knows what is told outside the next time.
  if (decision->cached) leave_no_note();
  else secrets_ahead_.warn_behind(node);
  if (auto added = add_key_parts(run_.plan_context(), node, *decision); !added) return fail(node, added.error());
  return std::move(*decision);
}

void Decider::leave_no_note() const {
  if (run_.options.note_taker != nullptr) run_.options.note_taker->saw_doubt();
}

/// Then it takes a slot, and is asked for there: deciding waits for no network.
bool Decider::asks_outside(dsl::NodeId node, const StepDecision& decision) const {
  const Stage* stage = run_.stages.find(*run_.pipeline[node].schema);
  return stage != nullptr && stage->asks_outside(decision.inputs);
}

StepEnd Decider::skip(dsl::NodeId node) const {
  if (run_.pipeline[node].kind == dsl::NodeKind::step) {
    run_.events.emit(StepFinished{.step = node, .name = run_.step_name(node), .outcome = StepOutcome::skipped});
  }
  return {node, StepOutcome::skipped};
}

StepEnd Decider::fail(dsl::NodeId node, const Error& error) const {
  if (run_.pipeline[node].kind == dsl::NodeKind::requirement) return report_requirement(node, false, error.message);
  run_.events.emit(StepFinished{.step = node, .name = run_.step_name(node), .outcome = StepOutcome::failed, .error = error});
  return {node, StepOutcome::failed};
}

std::variant<StepEnd, StepDecision> Decider::take_from_cache(dsl::NodeId node, StepDecision decision) const {
  const LastTime& last = last_times_[static_cast<std::uint32_t>(node)];
  if (last.key == decision.key.hex) {
    run_.cached_attempts.add(last.attempt);
  } else {
    if (auto added = add_key_parts(run_.plan_context(), node, decision); !added) return fail(node, added.error());
    // `sdlrun gc` keeps the newest attempts of a pipeline that runs; it may have taken any other result since it was found.
    const auto no_collection = run_.store.hold_off_collection();
    if (!no_collection) return fail(node, no_collection.error());
    if (!run_.state.find_result(decision.key.hex)) {
      decision.cached.reset();
      decision.reason = "its result was removed by gc";
      return decision;
    }
    const auto recorded = record_cached(run_, node, decision, *decision.cached, decision.reason);
    if (!recorded) return fail(node, recorded.error());
  }
  return end_as_cached(run_, node, *decision.cached, /*from_shared_cache=*/false);
}

StepEnd Decider::open_gate(dsl::NodeId node) const {
  dsl::Diagnostics found;
  auto growth = dsl::grow(run_.pipeline, node, run_.values.finished(), found);
  if (!growth) {
    run_.values.report(found);
    const dsl::Diagnostic first = found.sorted().front();
    return fail(node, {.message = first.message, .hint = first.hint, .span = first.span});
  }
  for (const dsl::NodeId added : growth->added) {
    if (auto possible = check_wants(run_.pipeline[added], run_.options.machine); !possible) return fail(node, possible.error());
  }
  return {.node = node, .outcome = StepOutcome::ran, .growth = std::make_shared<const dsl::Growth>(std::move(*growth))};
}

StepEnd Decider::decide_requirement(dsl::NodeId node) const {
  const dsl::Node& requirement = run_.pipeline[node];
  const auto holds = run_.values.holds(requirement.condition);
  if (!holds) return fail(node, holds.error());
  if (*holds) return report_requirement(node, true, "");
  std::string message;
  if (requirement.message) {
    const auto text = run_.values.evaluate(*requirement.message);
    message = text ? dsl::plain_text(*text) : text.error().message;
  }
  return report_requirement(node, false, std::move(message));
}

StepEnd Decider::report_requirement(dsl::NodeId node, bool holds, std::string message) const {
  const dsl::Node& requirement = run_.pipeline[node];
  run_.events.emit(RequirementDecided{node, requirement.name, holds, std::move(message), requirement.span});
  return {node, holds ? StepOutcome::ran : StepOutcome::failed};
}

}  // namespace sdlrun::engine
