// Fills nodes: inputs as far as they are known, options, and what each waits for.
#include <algorithm>

#include "dsl/check/expression_checker.hpp"
#include "dsl/check/type_resolver.hpp"
#include "dsl/pipeline/opener.hpp"

namespace sdlrun::dsl {

namespace {

void append(std::vector<NodeId>& to, const std::vector<NodeId>& from) { to.insert(to.end(), from.begin(), from.end()); }

const Entry* entry_of(const StageCall& call, std::string_view name) {
  const auto& entries = call.inputs.entries;
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.name.text == name; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace

const Entry* Opener::with_option(const StepDeclaration& step, std::string_view name) {
  if (!step.with) return nullptr;
  const auto found = std::find_if(step.with->entries.begin(), step.with->entries.end(), [&](const Entry& entry) { return entry.name.text == name; });
  return found == step.with->entries.end() ? nullptr : &*found;
}

PartialValue Opener::partial(ExpressionId id, const Scope& scope, const Type& type, std::vector<NodeId>& waits_for) {
  Evaluator evaluator(*finished_, *diagnostics_);
  PartialValue result{evaluator.evaluate(id, scope, type), OpenValue{id, &scope, type}};
  if (!result.known) append(waits_for, evaluator.take_waits_for());
  return result;
}

/// What the uses of stages hand down; an outer use comes before the inner ones.
void Opener::fill_inherited(std::size_t first) {
  for (std::size_t i = first; i < uses_.size(); ++i) {
    const StageUse& use = uses_[i];
    Inherited inherited = inherited_[use.outer];
    if (const Entry* after = with_option(*use.step, "after")) append(inherited.after, after_nodes(*after, *use.scope));
    if (const Entry* on_demand = with_option(*use.step, "on_demand")) {
      const auto value = known_now(on_demand->value, *use.scope, Type(BoolType{}), "`on_demand`");
      inherited.on_demand = inherited.on_demand || (value && *value->as<bool>());
    }
    if (const Entry* when = with_option(*use.step, "when")) inherit_when(inherited, *when, *use.scope);
    inherited_[i] = std::move(inherited);
  }
}

/// Both conditions hold, the one from around and this one: false wins, and only one of them may be late.
void Opener::inherit_when(Inherited& inherited, const Entry& entry, const Scope& scope) {
  if (inherited.when && inherited.when->known && !*inherited.when->known->as<bool>()) return;
  std::vector<NodeId> waits_for;
  PartialValue inner = partial(entry.value, scope, Type(BoolType{}), waits_for);
  const bool outer_is_late = inherited.when && !inherited.when->known;
  if (outer_is_late && inner.known && *inner.known->as<bool>()) return;
  if (outer_is_late && !inner.known) return two_late_conditions(entry.span);
  inherited.when = std::make_shared<const PartialValue>(std::move(inner));
  inherited.when_waits_for = std::move(waits_for);
}

void Opener::two_late_conditions(Span span) {
  diagnostics_->add({.name = "two-late-conditions", .message = "this step and the stage around it both wait for a `when`", .span = span, .label = "the inner one", .hint = "put both conditions into one of them"});
}

void Opener::fill(Draft& draft, NodeId id) {
  const Inherited& inherited = inherited_[draft.inherited];
  draft.node.options.on_demand = inherited.on_demand;
  if (draft.node.kind == NodeKind::gate) return fill_gate(draft, pending_.at(id));
  append(draft.node.dependencies, inherited.after);
  if (inherited.when) {
    draft.node.options.when = inherited.when;
    append(draft.node.dependencies, inherited.when_waits_for);
  }
  if (draft.requirement != nullptr) return fill_requirement(draft);
  fill_step(draft);
}

void Opener::fill_step(Draft& draft) {
  fill_with(draft);
  fill_declared_outputs(draft);
  // A step that is known to be skipped needs no inputs.
  const bool skipped = draft.node.is_switched_off();
  for (const InputSchema& input : draft.node.schema->inputs) {
    const Entry* entry = input.said_in_with ? with_option(*draft.step, input.name) : entry_of(*draft.call, input.name);
    NodeInput filled{input.name, {}, entry != nullptr ? entry->span : draft.call->span};
    if (skipped && is_growing_ && entry != nullptr) wait_for_all_of(entry->value, draft, input.type);
    if (skipped || entry == nullptr) {
      filled.value.known = skipped ? Value() : input.default_value.value_or(Value());
    } else {
      filled.value = partial(entry->value, *draft.scope, input.type, draft.node.dependencies);
    }
    // A place that is known late is one: what the machine here has free is asked before.
    if (input.said_in_with && input.name == StageSchema::place_input) draft.node.options.is_elsewhere = !filled.value.known || !filled.value.known->is_none();
    draft.node.inputs.push_back(std::move(filled));
  }
  // Nor anything to have ended: it makes nothing run, and waits for nothing. In a pipeline that grows it waits all the same:
  // what is known then, and so whether it is not reached or skipped, would be a matter of who ended first.
  if (skipped && !is_growing_) draft.node.dependencies.clear();
}

void Opener::wait_for_all_of(ExpressionId id, Draft& draft, const Type& type) {
  Diagnostics unheard;  // it is never evaluated for its value
  Evaluator evaluator(*finished_, unheard);
  evaluator.evaluate(id, *draft.scope, type);
  append(draft.node.dependencies, evaluator.take_waits_for());
}

void Opener::fill_requirement(Draft& draft) {
  if (draft.node.is_switched_off() && !is_growing_) {
    draft.dropped = true;
    return;
  }
  const auto filled = [&](ExpressionId expression, const Type& type) {
    return std::make_shared<const PartialValue>(partial(expression, *draft.scope, type, draft.node.dependencies));
  };
  draft.node.condition = filled(draft.requirement->condition, Type(BoolType{}));
  if (draft.requirement->message) draft.node.message = filled(*draft.requirement->message, Type(StringType{}));
  if (!draft.node.condition->known) return;
  draft.dropped = *draft.node.condition->known->as<bool>();
  if (draft.dropped || draft.node.options.when) return;  // it fails only if the stage around it runs at all
  const bool has_message = draft.node.message && draft.node.message->known;
  diagnostics_->add({.name = "requirement-failed", .message = has_message ? plain_text(*draft.node.message->known) : "this requirement does not hold",
                    .span = draft.scope->body_scope().module->tree[draft.requirement->condition].span, .label = "is false", .hint = "change the params, or the requirement"});
}

std::vector<NodeId> Opener::after_nodes(const Entry& entry, const Scope& scope) {
  const BodyScope& body_scope = scope.body_scope();
  const auto* list = std::get_if<ListLiteral>(&body_scope.module->tree[entry.value].node);
  std::vector<NodeId> nodes;
  for (const ExpressionId element : list != nullptr ? list->elements : std::vector{entry.value}) {
    const auto* reference = std::get_if<Reference>(&body_scope.module->tree[element].node);
    const auto name = reference == nullptr ? body_scope.body->names.end() : body_scope.body->names.find(reference->name.text);
    const auto requirement = name == body_scope.body->names.end() ? body_scope.requirements.end() : body_scope.requirements.find(name->second);
    if (requirement != body_scope.requirements.end()) nodes.push_back(requirement->second);
    else append(nodes, Evaluator(*finished_, *diagnostics_).nodes_of(element, scope));
  }
  std::erase(nodes, no_node);  // a requirement that was known to hold
  // Also what has come out of gates inside of stages; the gates themselves are among the nodes for good.
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (const auto grown = grown_.find(nodes[i]); grown != grown_.end()) append(nodes, std::vector(grown->second.added));
  }
  return nodes;
}

void Opener::fill_with(Draft& draft) {
  NodeOptions& options = draft.node.options;
  if (const Entry* entry = with_option(*draft.step, "after")) append(draft.node.dependencies, after_nodes(*entry, *draft.scope));
  fill_on_demand(draft, *draft.scope);
  if (const Entry* entry = with_option(*draft.step, "timeout")) {
    const auto value = known_now(entry->value, *draft.scope, Type(DurationType{}), "`timeout`");
    if (value) options.timeout_milliseconds = value->as<Duration>()->milliseconds;
    if (value && options.timeout_milliseconds <= 0) {
      diagnostics_->add({.name = "bad-timeout", .message = "a timeout is longer than nothing", .span = draft.scope->body_scope().module->tree[entry->value].span, .label = "not positive", .hint = "leave it out for none"});
    }
  }
  if (const Entry* entry = with_option(*draft.step, "pool")) fill_pools(draft, *entry);
  if (const Entry* entry = with_option(*draft.step, "cpus")) {
    const auto value = known_now(entry->value, *draft.scope, Type(IntType{1, 1'000'000}), "`cpus`");
    if (value) options.cpus = *value->as<std::int64_t>();
  }
  if (const Entry* entry = with_option(*draft.step, "memory")) {
    const auto value = known_now(entry->value, *draft.scope, Type(SizeType{}), "`memory`");
    if (value) options.memory_bytes = value->as<Size>()->bytes;
    if (value && options.memory_bytes <= 0) {
      diagnostics_->add({.name = "bad-memory", .message = "a step's memory is more than nothing", .span = draft.scope->body_scope().module->tree[entry->value].span, .label = "not positive", .hint = "leave it out where it does not matter"});
    }
  }
  if (const Entry* entry = with_option(*draft.step, "retry")) fill_retry(draft, *entry);
  if (const Entry* entry = with_option(*draft.step, "cache")) {
    const auto value = known_now(entry->value, *draft.scope, cache_type(), "`cache`");
    const std::string use = value ? plain_text(*value) : "";
    options.cache = use != "off";
    options.sharing = use == "shared" ? Sharing::wanted : use.empty() ? Sharing::automatic : Sharing::never;
  }
  if (const Entry* entry = with_option(*draft.step, "env")) fill_environment(draft, *entry);
  const Entry* when = with_option(*draft.step, "when");
  if (when == nullptr || draft.node.is_switched_off()) return;
  if (options.when && !options.when->known) {
    const auto inner = partial(when->value, *draft.scope, Type(BoolType{}), draft.node.dependencies);
    if (!inner.known) return two_late_conditions(when->span);
    if (!*inner.known->as<bool>()) options.when = std::make_shared<const PartialValue>(inner);
    return;
  }
  options.when = std::make_shared<const PartialValue>(partial(when->value, *draft.scope, Type(BoolType{}), draft.node.dependencies));
}

void Opener::fill_on_demand(Draft& draft, const Scope& scope) {
  const Entry* entry = with_option(*draft.step, "on_demand");
  if (entry == nullptr) return;
  const auto value = known_now(entry->value, scope, Type(BoolType{}), "`on_demand`");
  draft.node.options.on_demand = draft.node.options.on_demand || (value && *value->as<bool>());
}

void Opener::fill_pools(Draft& draft, const Entry& entry) {
  const auto value = known_now(entry.value, *draft.scope, pools_type(), "`pool`");
  if (!value) return;
  std::vector<std::string>& pools = draft.node.options.pools;
  for (const Value& name : value->as_list() != nullptr ? *value->as_list() : List{*value}) pools.push_back(plain_text(name));
  std::sort(pools.begin(), pools.end());
  pools.erase(std::unique(pools.begin(), pools.end()), pools.end());
  for (const std::string& name : pools) {
    if (pools_.contains(name)) continue;
    std::vector<std::string_view> known;
    for (const auto& [declared, size] : pools_) known.push_back(declared);
    diagnostics_->add({.name = "unknown-pool", .message = "there is no pool `" + name + "`", .span = draft.scope->body_scope().module->tree[entry.value].span, .label = "not declared",
                      .hint = did_you_mean(name, known, "declare it in the pipeline, `pool " + name + " = 1`, or for all of the project in sdl.yaml, under `pools`")});
  }
}

void Opener::fill_retry(Draft& draft, const Entry& entry) {
  const auto value = known_now(entry.value, *draft.scope, retry_type(), "`retry`");
  if (!value) return;
  RetryOptions& retry = draft.node.options.retry;
  retry.attempts = *value->find("attempts")->as<std::int64_t>();
  if (const Value* backoff = value->find("backoff"); !backoff->is_none()) retry.backoff_milliseconds = backoff->as<Duration>()->milliseconds;
  if (const Value* codes = value->find("exit_codes"); !codes->is_none()) {
    for (const Value& code : *codes->as_list()) retry.exit_codes.push_back(*code.as<std::int64_t>());
  }
  if (retry.backoff_milliseconds >= 0) return;
  diagnostics_->add({.name = "bad-backoff", .message = "a pause is not shorter than nothing", .span = draft.scope->body_scope().module->tree[entry.value].span, .label = "its `backoff` is negative", .hint = "leave it out for none"});
}

void Opener::fill_environment(Draft& draft, const Entry& entry) {
  const Type type{UnionType{{Type(StringType{}), Type(SecretType{Type(StringType{})})}}};
  const Module& tree = draft.scope->body_scope().module->tree;
  std::vector<NodeInput>& environment = draft.node.options.environment;
  if (const auto* map = std::get_if<MapLiteral>(&tree[entry.value].node)) {
    for (const auto& [key, value] : map->entries) {
      const auto name = known_now(key, *draft.scope, Type(StringType{}), "the name of an environment variable");
      if (name) environment.push_back({plain_text(*name), partial(value, *draft.scope, type, draft.node.dependencies), tree[value].span});
    }
  } else if (const auto map_value = known_now(entry.value, *draft.scope, Type(MapType{type}), "`env`")) {
    for (const auto& [name, value] : *map_value->as_fields()) environment.push_back({name, PartialValue{value, {}}, entry.span});
  }
  for (const NodeInput& variable : environment) {
    if (!variable.name.empty() && variable.name.find_first_of(std::string_view("=\0", 2)) == std::string::npos) continue;
    diagnostics_->add({.name = "bad-variable-name", .message = (variable.name.empty() ? "an empty text" : "`" + variable.name + "`") + " cannot be the name of an environment variable", .span = variable.span, .label = "its name", .hint = "a name is not empty and has no `=`"});
  }
}

void Opener::fill_declared_outputs(Draft& draft) {
  const LoadedModule& module = *draft.scope->body_scope().module;
  TypeResolver types(program_.get(), module, *diagnostics_);
  const auto literal = [&](std::optional<ExpressionId> id) {
    const auto* text = id ? std::get_if<StringLiteral>(&module.tree[*id].node) : nullptr;
    return text == nullptr ? std::string() : text->text;
  };
  for (const auto* clause : {&draft.call->outputs, &draft.step->outputs}) {
    if (!*clause) continue;
    for (const DeclaredOutput& output : (*clause)->outputs) {
      NodeOutput filled{std::string(output.name.text), types.resolve(output.type), output.source, literal(output.path), literal(output.pattern)};
      if (filled.source == OutputSource::path && filled.path.empty()) filled.path = filled.name;
      draft.node.declared_outputs.push_back(std::move(filled));
    }
  }
}

}  // namespace sdlrun::dsl
