#include "dsl/pipeline/step_output.hpp"

#include "dsl/evaluate/scope.hpp"

namespace sdlrun::dsl {

namespace {

/// The item that a name means; nothing for the variable of a for-each step.
std::optional<std::uint32_t> item_of(const Name& name, const Scope& from) {
  for (const Scope* scope = &from; scope->parent != nullptr; scope = scope->parent) {
    if (scope->variable == name.text) return std::nullopt;
  }
  const Body* body = from.body_scope().body;
  if (body == nullptr) return std::nullopt;
  const auto found = body->names.find(name.text);
  return found == body->names.end() ? std::nullopt : std::optional<std::uint32_t>(found->second);
}

std::optional<StepOutput> output_of(const Member& member, const Scope& scope) {
  const BodyScope& body = scope.body_scope();
  const auto* step = std::get_if<Reference>(&body.module->tree[member.object].node);
  const auto item = step == nullptr ? std::nullopt : item_of(step->name, scope);
  const auto instances = item ? body.steps.find(*item) : body.steps.end();
  if (instances == body.steps.end() || instances->second.size() != 1) return std::nullopt;
  const StepInstance& only = instances->second.front();
  if (!only.node || only.is_gate || !only.keys.empty()) return std::nullopt;
  return StepOutput{*only.node, std::string(member.member.text)};
}

}  // namespace

std::optional<StepOutput> step_output(const Pipeline& pipeline, const PartialValue& value) {
  const auto still = hold_still(pipeline);
  const PartialValue* followed = &value;
  while (!followed->known) {
    const Scope& scope = *followed->open.scope;
    const BodyScope& body = scope.body_scope();
    const ExpressionNode& node = body.module->tree[followed->open.expression].node;
    if (const auto* member = std::get_if<Member>(&node)) return output_of(*member, scope);
    const auto* name = std::get_if<Reference>(&node);
    const auto item = name == nullptr ? std::nullopt : item_of(name->name, scope);
    const auto given = item ? body.values.find(*item) : body.values.end();
    if (given == body.values.end()) return std::nullopt;
    followed = &given->second;
  }
  return std::nullopt;
}

}  // namespace sdlrun::dsl
