// Unfolds for-each steps, choices and stages written in .sdl into nodes.
#include <algorithm>

#include "dsl/pipeline/opener.hpp"

namespace sdlrun::dsl {

namespace {

const FinishedOutputs nothing_finished;

/// Far above any pipeline, far below what fills a machine's memory: stages that use stages twice each grow without end.
constexpr std::size_t most_nodes = 1'000'000;

std::string instance_name(const std::string& prefix, std::string_view step, const std::vector<std::string>& keys) {
  std::string name = prefix + std::string(step);
  if (keys.empty()) return name;
  name += '[';
  for (std::size_t i = 0; i < keys.size(); ++i) name += (i == 0 ? "" : ",") + keys[i];
  return name + ']';
}

}  // namespace

std::optional<Value> Opener::known_now(ExpressionId id, const Scope& scope, const Type& type, std::string_view what) {
  Evaluator evaluator(nothing_finished, diagnostics_);
  evaluator.set_unfolding();
  const auto value = evaluator.evaluate(id, scope, type);
  if (value || evaluator.failed()) return value;
  evaluator.error("late-choice", scope.body_scope().module->tree[id].span, std::string(what) + " must be known before anything runs", "known only after a step has run",
                  "steps that depend on what a step has just found are not there yet: use a param or a `let`");
  return std::nullopt;
}

/// Stages that hold nothing but stages make scopes, and no steps.
bool Opener::is_too_large() const { return drafts_.size() >= most_nodes || scopes_->all.size() >= 2 * most_nodes; }

void Opener::too_many_steps(Span span) {
  diagnostics_.add({.name = "too-many-steps", .message = "this pipeline unfolds into more than " + std::to_string(most_nodes) + " steps", .span = span, .label = "here", .hint = "check the lists of for-each steps, and stages that use stages"});
}

void Opener::unfold_body(Scope& scope, const std::string& prefix, std::size_t inherited) {
  for (std::uint32_t index = 0; index < scope.body->items->size(); ++index) {
    const Item& item = (*scope.body->items)[index];
    if (const auto* step = std::get_if<StepDeclaration>(&item)) unfold_step(scope, index, *step, prefix, inherited);
    const auto* requirement = std::get_if<RequireDeclaration>(&item);
    if (requirement == nullptr) continue;
    Draft draft{.node = {}, .scope = &scope, .requirement = requirement, .inherited = inherited};
    const std::uint32_t line = sources_.file(scope.module->tree.file()).position(requirement->span.begin).line;
    draft.node.kind = NodeKind::requirement;
    draft.node.name = prefix + (requirement->name ? std::string(requirement->name->text) : "require-line-" + std::to_string(line));
    draft.node.span = requirement->name ? requirement->name->span : scope.module->tree[requirement->condition].span;
    draft.node.doc = requirement->doc;
    scope.requirements.emplace(index, static_cast<NodeId>(drafts_.size()));
    drafts_.push_back(std::move(draft));
  }
}

void Opener::unfold_step(Scope& scope, std::uint32_t index, const StepDeclaration& step, const std::string& prefix, std::size_t inherited) {
  std::vector<std::string> keys;
  std::vector<StepInstance> instances;
  unfold_axis(scope, scope, step, keys, instances, prefix, inherited);
  scope.steps.emplace(index, std::move(instances));
}

void Opener::unfold_axis(Scope& body_scope, const Scope& scope, const StepDeclaration& step, std::vector<std::string>& keys,
                         std::vector<StepInstance>& instances, const std::string& prefix, std::size_t inherited) {
  if (keys.size() == step.axes.size()) {
    if (!diagnostics_.has_errors()) instances.push_back(unfold_instance(scope, step, keys, prefix, inherited));
    return;
  }
  const Axis& axis = step.axes[keys.size()];
  const auto elements = known_now(axis.source, scope, {}, "the list of a for-each step");
  if (!elements) return;
  std::unordered_map<std::string, bool> seen;
  for (const Value& element : *elements->as_list()) {
    Scope& inner = scopes_->all.emplace_back();
    inner.parent = &scope;
    inner.variable = axis.variable.text;
    inner.variable_value = element;
    const auto key = axis.by ? known_now(*axis.by, inner, {}, "the name of an element") : std::optional(element);
    if (!key) return;
    const std::string name = element_name(*key);
    if (std::any_of(name.begin(), name.end(), [](char letter) { return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f; })) {
      diagnostics_.add({.name = "bad-element-name", .message = "an element's name holds a control character: steps are shown by their names", .span = body_scope.module->tree[axis.source].span, .label = "in this list", .hint = "take it out with `trim` or `replace`, or name the elements by something else: `[… by …]`"});
      return;
    }
    if (!seen.emplace(name, true).second) {
      diagnostics_.add({.name = "duplicate-element", .message = "two elements of this for-each step are called `" + name + "`", .span = body_scope.module->tree[axis.source].span,
                        .label = "the list", .hint = "take `unique(…)`, or name the elements by another field with `by`"});
      return;
    }
    keys.push_back(name);
    unfold_axis(body_scope, inner, step, keys, instances, prefix, inherited);
    keys.pop_back();
    if (is_too_large() && diagnostics_.has_errors()) return;
  }
}

StepInstance Opener::unfold_instance(const Scope& scope, const StepDeclaration& step, const std::vector<std::string>& keys, const std::string& prefix, std::size_t inherited) {
  StepInstance instance{.keys = keys, .node = {}, .stage = nullptr, .nodes = {}};
  const StageCall* call = chosen_call(scope, step);
  if (call == nullptr) return instance;
  const auto target = find_stage(*program_, *scope.body_scope().module, call->path);
  const std::string name = instance_name(prefix, step.name.text, keys);
  if (is_too_large()) {
    too_many_steps(step.name.span);
    return instance;
  }
  if (const auto* body = std::get_if<Body*>(&*target)) {
    StepInstance unfolded = unfold_stage(scope, step, *call, **body, name, inherited);
    unfolded.keys = keys;
    return unfolded;
  }
  Draft draft{.node = {}, .scope = &scope, .step = &step, .call = call, .inherited = inherited};
  draft.node.name = name;
  draft.node.span = step.name.span;
  draft.node.doc = step.doc;
  draft.node.schema = std::get<const StageSchema*>(*target);
  instance.node = static_cast<NodeId>(drafts_.size());
  instance.nodes = {*instance.node};
  drafts_.push_back(std::move(draft));
  return instance;
}

const StageCall* Opener::chosen_call(const Scope& scope, const StepDeclaration& step) {
  const Module& tree = scope.body_scope().module->tree;
  if (const auto* call = std::get_if<StageCallId>(&step.body)) return &tree.call(*call);
  if (const auto* choice = std::get_if<StepIf>(&step.body)) {
    const auto condition = known_now(choice->condition, scope, Type(BoolType{}), "which stage a step runs");
    return condition ? &tree.call(*condition->as<bool>() ? choice->then_call : choice->else_call) : nullptr;
  }
  const auto& match = std::get<StepMatch>(step.body);
  const auto subject = known_now(match.subject, scope, {}, "which stage a step runs");
  if (!subject) return nullptr;
  for (const StepMatchArm& arm : match.arms) {
    const bool chosen = arm.patterns.empty() || std::any_of(arm.patterns.begin(), arm.patterns.end(), [&](ExpressionId pattern) {
                          const auto value = known_now(pattern, scope, {}, "a pattern");
                          return value && *value == *subject;
                        });
    if (chosen) return &tree.call(arm.call);
  }
  return nullptr;
}

StepInstance Opener::unfold_stage(const Scope& scope, const StepDeclaration& step, const StageCall& call, const Body& body, const std::string& name, std::size_t inherited) {
  Scope& stage = scopes_->all.emplace_back();
  stage.module = body.module;
  stage.body = &body;
  stage.directory = body.module->directory;
  for (const Entry& entry : call.inputs.entries) {
    const auto index = body.names.find(entry.name.text);
    if (index == body.names.end()) continue;
    stage.values.emplace(index->second, PartialValue{std::nullopt, OpenValue{entry.value, &scope, body.item_types[index->second]}});
  }
  inherited_.emplace_back();
  uses_.push_back({&step, &scope, inherited});
  const std::size_t first = drafts_.size();
  unfold_body(stage, name + "/", inherited_.size() - 1);
  StepInstance instance{.keys = {}, .node = {}, .stage = &stage, .nodes = {}};
  for (std::size_t node = first; node < drafts_.size(); ++node) instance.nodes.push_back(static_cast<NodeId>(node));
  return instance;
}

}  // namespace sdlrun::dsl
