// Unfolds for-each steps, choices and stages written in .sdl into nodes.
#include <algorithm>

#include "dsl/pipeline/empty_glob.hpp"
#include "dsl/pipeline/instance_name.hpp"
#include "dsl/pipeline/opener.hpp"

namespace sdlrun::dsl {

namespace {

/// Far above any pipeline, far below what fills a machine's memory: stages that use stages twice each grow without end.
constexpr std::size_t most_nodes = 1'000'000;

}  // namespace

/// Stages that hold nothing but stages make scopes, and no steps.
bool Opener::is_too_large() const { return first_draft_ + drafts_.size() >= most_nodes || scopes_->bodies.size() + scopes_->variables.size() >= 2 * most_nodes; }

void Opener::too_many_steps(Span span) {
  diagnostics_->add({.name = "too-many-steps", .message = "this pipeline unfolds into more than " + std::to_string(most_nodes) + " steps", .span = span, .label = "here", .hint = "check the lists of for-each steps, and stages that use stages"});
}

void Opener::unfold_body(BodyScope& scope, const std::string& prefix, std::size_t inherited) {
  for (std::uint32_t index = 0; index < scope.body->items->size(); ++index) {
    const Item& item = (*scope.body->items)[index];
    if (const auto* step = std::get_if<StepDeclaration>(&item)) {
      std::vector<std::string> keys;
      std::vector<StepInstance> instances;
      unfold_axis({&scope, index, step, prefix, inherited}, scope, keys, instances);
      scope.steps.emplace(index, std::move(instances));
    }
    const auto* requirement = std::get_if<RequireDeclaration>(&item);
    if (requirement == nullptr) continue;
    Draft draft{.node = {}, .scope = &scope, .requirement = requirement, .inherited = inherited};
    const std::uint32_t line = sources_.file(scope.module->tree.file()).position(requirement->span.begin).line;
    draft.node.kind = NodeKind::requirement;
    draft.node.name = prefix + (requirement->name ? std::string(requirement->name->text) : "require-line-" + std::to_string(line));
    draft.node.span = requirement->name ? requirement->name->span : scope.module->tree[requirement->condition].span;
    draft.node.doc = requirement->doc;
    scope.requirements.emplace(index, draft_id(drafts_.size()));
    drafts_.push_back(std::move(draft));
  }
}

void Opener::unfold_axis(const Unfolding& unfolding, const Scope& scope, std::vector<std::string>& keys, std::vector<StepInstance>& instances) {
  const StepDeclaration& step = *unfolding.step;
  if (keys.size() == step.axes.size()) {
    if (!diagnostics_->has_errors()) instances.push_back(unfold_instance(unfolding, scope, keys));
    return;
  }
  const Axis& axis = step.axes[keys.size()];
  const Span list_span = unfolding.body->module->tree[axis.source].span;
  bool is_late = false;
  const auto elements = known_or_late(axis.source, scope, {}, is_late);
  if (is_late && !is_switched_off(unfolding, with_unknown_elements(step, scope, keys.size()))) instances.push_back(add_gate(unfolding, scope, keys));
  if (!elements) return;
  if (elements->as_list()->empty()) {
    if (auto warning = warning_of_empty_glob(scope.body_scope(), axis.source)) diagnostics_->add(std::move(*warning));
  }
  std::unordered_map<std::string, bool> seen;
  for (const Value& element : *elements->as_list()) {
    Scope& inner = scopes_->variables.emplace_back(scope);
    inner.variable = axis.variable.text;
    inner.variable_value = element;
    const auto key = axis.by ? known_now(*axis.by, inner, {}, "the name of an element") : std::optional(element);
    if (!key) return;
    const std::string name = element_name(*key);
    if (std::any_of(name.begin(), name.end(), [](char letter) { return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f; })) {
      diagnostics_->add({.name = "bad-element-name", .message = "an element's name holds a control character: steps are shown by their names", .span = list_span, .label = "in this list", .hint = "take it out with `trim` or `replace`, or name the elements by something else: `[… by …]`"});
      return;
    }
    if (!seen.emplace(name, true).second) {
      diagnostics_->add({.name = "duplicate-element", .message = "two elements of this for-each step are called `" + name + "`", .span = list_span,
                        .label = "the list", .hint = "take `unique(…)`, or name the elements by another field with `by`"});
      return;
    }
    keys.push_back(name);
    unfold_axis(unfolding, inner, keys, instances);
    keys.pop_back();
    if (is_too_large() && diagnostics_->has_errors()) return;
  }
}

StepInstance Opener::unfold_instance(const Unfolding& unfolding, const Scope& scope, const std::vector<std::string>& keys) {
  const StepDeclaration& step = *unfolding.step;
  StepInstance instance{.keys = keys, .node = {}, .stage = nullptr, .nodes = {}};
  const auto [call, is_late] = chosen_call(unfolding, scope);
  if (is_late) return add_gate(unfolding, scope, keys);
  if (call == nullptr) return instance;
  const auto target = find_stage(*program_, *scope.body_scope().module, call->path);
  const std::string name = instance_name(unfolding.prefix, step.name.text, keys);
  if (is_too_large()) {
    too_many_steps(step.name.span);
    return instance;
  }
  if (const auto* body = std::get_if<Body*>(&*target)) {
    StepInstance unfolded = unfold_stage(unfolding, scope, *call, **body, name);
    unfolded.keys = keys;
    return unfolded;
  }
  Draft draft{.node = {}, .scope = &scope, .step = &step, .call = call, .inherited = unfolding.inherited};
  draft.node.name = name;
  draft.node.span = step.name.span;
  draft.node.doc = step.doc;
  draft.node.schema = std::get<const StageSchema*>(*target);
  instance.node = draft_id(drafts_.size());
  instance.nodes = {*instance.node};
  drafts_.push_back(std::move(draft));
  return instance;
}

StepInstance Opener::unfold_stage(const Unfolding& unfolding, const Scope& scope, const StageCall& call, const Body& body, const std::string& name) {
  BodyScope& stage = scopes_->bodies.emplace_back();
  stage.module = body.module;
  stage.body = &body;
  stage.directory = body.module->directory;
  for (const Entry& entry : call.inputs.entries) {
    const auto index = body.names.find(entry.name.text);
    if (index == body.names.end()) continue;
    stage.values.emplace(index->second, PartialValue{std::nullopt, OpenValue{entry.value, &scope, body.item_types[index->second]}});
  }
  inherited_.emplace_back();
  uses_.push_back({unfolding.step, &scope, unfolding.inherited});
  const std::size_t first = drafts_.size();
  unfold_body(stage, name + "/", inherited_.size() - 1);
  StepInstance instance{.keys = {}, .node = {}, .stage = &stage, .nodes = {}};
  for (std::size_t node = first; node < drafts_.size(); ++node) instance.nodes.push_back(draft_id(node));
  return instance;
}

}  // namespace sdlrun::dsl
