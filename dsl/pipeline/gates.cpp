// What is not known while a pipeline is opened: gates stand for the steps that depend on it.
#include <algorithm>

#include "dsl/pipeline/instance_name.hpp"
#include "dsl/pipeline/opener.hpp"

namespace sdlrun::dsl {

namespace {

/// "eval[*]", "eval[small,*]" where the list is not known, "train[?]" where the choice is not.
std::string gate_name(std::string_view prefix, const StepDeclaration& step, std::vector<std::string> keys) {
  if (keys.size() == step.axes.size()) return instance_name(prefix, step.name.text, keys) + "[?]";
  keys.emplace_back("*");
  return instance_name(prefix, step.name.text, keys);
}

std::vector<StageCallId> called_stages(const StepDeclaration& step) {
  if (const auto* call = std::get_if<StageCallId>(&step.body)) return {*call};
  if (const auto* choice = std::get_if<StepIf>(&step.body)) return {choice->then_call, choice->else_call};
  std::vector<StageCallId> calls;
  for (const StepMatchArm& arm : std::get<StepMatch>(step.body).arms) calls.push_back(arm.call);
  return calls;
}

}  // namespace

std::optional<Value> Opener::known_or_late(ExpressionId id, const Scope& scope, const Type& type, bool& is_late) {
  Evaluator evaluator(*finished_, *diagnostics_);
  evaluator.set_unfolding();
  auto value = evaluator.evaluate(id, scope, type);
  is_late = !value && !evaluator.failed();
  return value;
}

std::optional<Value> Opener::known_now(ExpressionId id, const Scope& scope, const Type& type, std::string_view what) {
  bool is_late = false;
  auto value = known_or_late(id, scope, type, is_late);
  if (!is_late) return value;
  diagnostics_->add({.name = "late-option", .message = std::string(what) + " must be known before anything runs", .span = scope.body_scope().module->tree[id].span,
                     .label = "known only after a step has run", .hint = "use a literal, a param or a `let`"});
  return std::nullopt;
}

const Scope& Opener::with_unknown_elements(const StepDeclaration& step, const Scope& scope, std::size_t known_axes) {
  const Scope* innermost = &scope;
  for (std::size_t axis = known_axes; axis < step.axes.size(); ++axis) {
    Scope& inner = scopes_->variables.emplace_back(*innermost);
    inner.variable = step.axes[axis].variable.text;
    innermost = &inner;
  }
  return *innermost;
}

/// What will never run needs no list and no choice.
bool Opener::is_switched_off(const Unfolding& unfolding, const Scope& unknown) {
  Diagnostics unheard;  // said again where the step is filled
  const auto is_false = [&](const StepDeclaration* step, const Scope* where) {
    const Entry* when = step == nullptr ? nullptr : with_option(*step, "when");
    const auto value = when == nullptr ? std::nullopt : Evaluator(*finished_, unheard).evaluate(when->value, *where, Type(BoolType{}));
    return value && !*value->as<bool>();
  };
  if (is_false(unfolding.step, &unknown)) return true;
  for (std::size_t use = unfolding.inherited; use != 0; use = uses_[use].outer) {
    if (is_false(uses_[use].step, uses_[use].scope)) return true;
  }
  return false;
}

Opener::Choice Opener::chosen_call(const Unfolding& unfolding, const Scope& scope) {
  const Module& tree = scope.body_scope().module->tree;
  const StepDeclaration& step = *unfolding.step;
  if (const auto* call = std::get_if<StageCallId>(&step.body)) return {&tree.call(*call)};
  const auto late = [&] { return is_switched_off(unfolding, scope) ? Choice{&tree.call(called_stages(step).front())} : Choice{nullptr, true}; };
  bool is_late = false;
  if (const auto* choice = std::get_if<StepIf>(&step.body)) {
    const auto condition = known_or_late(choice->condition, scope, Type(BoolType{}), is_late);
    if (!condition) return is_late ? late() : Choice{};
    return {&tree.call(*condition->as<bool>() ? choice->then_call : choice->else_call)};
  }
  const auto& match = std::get<StepMatch>(step.body);
  const auto subject = known_or_late(match.subject, scope, {}, is_late);
  if (!subject) return is_late ? late() : Choice{};
  for (const StepMatchArm& arm : match.arms) {
    const bool chosen = arm.patterns.empty() || std::any_of(arm.patterns.begin(), arm.patterns.end(), [&](ExpressionId pattern) {
                          const auto value = known_now(pattern, scope, {}, "a pattern");
                          return value && *value == *subject;
                        });
    if (chosen) return {&tree.call(arm.call)};
  }
  return {};
}

StepInstance Opener::add_gate(const Unfolding& unfolding, const Scope& scope, const std::vector<std::string>& keys) {
  const StepDeclaration& step = *unfolding.step;
  const NodeId gate = draft_id(drafts_.size());
  Draft draft{.node = {}, .scope = &scope, .step = &step, .inherited = unfolding.inherited};
  draft.node.kind = NodeKind::gate;
  draft.node.name = gate_name(unfolding.prefix, step, keys);
  draft.node.span = step.name.span;
  draft.node.doc = step.doc;
  drafts_.push_back(std::move(draft));
  pending_.emplace(gate, Pending{unfolding, &scope, &with_unknown_elements(step, scope, keys.size()), keys});
  return {.keys = keys, .node = gate, .stage = nullptr, .nodes = {gate}, .is_gate = true};
}

/// It waits for what decides, and for nothing that the steps behind it need besides.
void Opener::fill_gate(Draft& draft, Pending& pending) {
  fill_on_demand(draft, *pending.unknown);
  const StepDeclaration& step = *draft.step;
  std::vector<NodeId>& waits_for = draft.node.dependencies;
  if (pending.keys.size() < step.axes.size()) partial(step.axes[pending.keys.size()].source, *draft.scope, {}, waits_for);
  else if (const auto* choice = std::get_if<StepIf>(&step.body)) partial(choice->condition, *draft.scope, Type(BoolType{}), waits_for);
  else partial(std::get<StepMatch>(step.body).subject, *draft.scope, {}, waits_for);
  pending.may_need = may_need(draft, pending);
}

/// All that its expressions speak of, as far as can be told with elements that are not known.
std::vector<NodeId> Opener::may_need(const Draft& gate, const Pending& pending) {
  const StepDeclaration& step = *gate.step;
  Diagnostics unheard;  // of an expression that may never be evaluated
  Evaluator evaluator(*finished_, unheard);
  for (std::size_t axis = pending.keys.size(); axis < step.axes.size(); ++axis) evaluator.evaluate(step.axes[axis].source, *pending.unknown, {});
  std::vector<NodeId> nodes = inherited_[gate.inherited].after;
  const std::vector<NodeId>& around = inherited_[gate.inherited].when_waits_for;
  nodes.insert(nodes.end(), around.begin(), around.end());
  for (const StageCallId call : called_stages(step)) {
    for (const Entry& entry : gate.scope->body_scope().module->tree.call(call).inputs.entries) evaluator.evaluate(entry.value, *pending.unknown, {});
  }
  for (const Entry& entry : step.with ? step.with->entries : std::vector<Entry>()) {
    if (entry.name.text != "after") {
      evaluator.evaluate(entry.value, *pending.unknown, {});
      continue;
    }
    const std::vector<NodeId> after = after_nodes(entry, *gate.scope);
    nodes.insert(nodes.end(), after.begin(), after.end());
  }
  const std::vector<NodeId> waits_for = evaluator.take_waits_for();
  nodes.insert(nodes.end(), waits_for.begin(), waits_for.end());
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  return nodes;
}

}  // namespace sdlrun::dsl
