#include "dsl/pipeline/opener.hpp"

#include <algorithm>
#include <functional>
#include <queue>

#include "dsl/check/secret_source.hpp"
#include "dsl/pipeline/params.hpp"

namespace sdlrun::dsl {

std::optional<Pipeline> open_pipeline(Sources& sources, std::shared_ptr<const Program> program, const GivenParams& given, Diagnostics& diagnostics, const Pools& pools) {
  const auto opener = std::make_shared<Opener>(sources, std::move(program), diagnostics);
  auto pipeline = opener->open(given, pools);
  if (pipeline && opener->has_gates()) pipeline->opener = opener;
  return pipeline;
}

std::optional<Pipeline> Opener::open(const GivenParams& given, const Pools& pools) {
  const LoadedModule& module = program_->modules.front();
  if (!module.pipeline) {
    diagnostics_->add({.name = "no-pipeline", .message = "this file has no pipeline", .span = {module.tree.file(), 0, 0}, .label = "",
                      .hint = "only a file with `pipeline name { … }` can be run; this one is a library"});
    return std::nullopt;
  }
  Pipeline pipeline;
  pipeline.name = module.pipeline->name.text;
  pipeline.program = program_;
  for (const Declaration& declaration : module.tree.declarations) {
    if (const auto* declared = std::get_if<PipelineDeclaration>(&declaration)) pipeline.doc = declared->doc;
  }
  pipeline.scopes = scopes_;
  BodyScope& scope = scopes_->bodies.emplace_back();
  scope.module = &module;
  scope.body = module.pipeline.get();
  scope.directory = module.directory;
  bind_params(scope, given, pipeline);
  if (diagnostics_->has_errors()) return std::nullopt;
  for (PipelineParam& param : pipeline.params) {
    const std::uint32_t index = scope.body->names.at(param.name);
    if (scope.values.contains(index)) continue;
    Evaluator evaluator(*finished_, *diagnostics_);
    const auto& declared = std::get<ParamDeclaration>((*scope.body->items)[index]);
    if (const auto value = evaluator.evaluate(*declared.default_value, scope, param.type)) param.value = *value;
  }
  if (diagnostics_->has_errors()) return std::nullopt;
  for (const PipelineParam& param : pipeline.params) scope.values.insert_or_assign(scope.body->names.at(param.name), PartialValue{param.value, {}});
  pools_ = pools;
  bind_pools(scope);
  inherited_.emplace_back();
  uses_.emplace_back();
  unfold_body(scope, "", 0);
  if (diagnostics_->has_errors()) return std::nullopt;
  fill_inherited(1);
  for (std::size_t i = 0; i < drafts_.size(); ++i) fill(drafts_[i], draft_id(i));
  if (diagnostics_->has_errors()) return std::nullopt;
  const Renaming renaming = put_in_order(pipeline);
  rename_scopes(renaming, 0);
  remember_waiting(pipeline, renaming);
  nodes_in_the_beginning_ = pipeline.nodes.size();
  for (const auto& [gate, pending] : pending_) pipeline.gates.emplace(gate, pending.may_need);
  open_outputs(scope, pipeline);
  find_default_goals(pipeline);
  pipeline.pools = pools_;
  if (diagnostics_->has_errors()) return std::nullopt;
  return pipeline;
}

namespace {

/// Checked to be one before; generated ones are kept by the names of pipeline and secret.
Value declared_secret(const BodyScope& scope, const Pipeline& pipeline, std::string_view name, ExpressionId source) {
  if (std::holds_alternative<NoneLiteral>(scope.module->tree[source].node)) return Value();
  SecretPlace place = *secret_source(scope.module->tree, source);
  if (place.source == SecretPlace::Source::file) place.text = (scope.directory / place.text).lexically_normal().string();
  if (place.source == SecretPlace::Source::generated) place.text = pipeline.name + '.' + std::string(name);
  return Value(SecretValue{std::string(name), std::make_shared<const SecretPlace>(std::move(place))});
}

}  // namespace

void Opener::bind_params(BodyScope& scope, const GivenParams& given, Pipeline& pipeline) {
  std::vector<std::string_view> names;
  for (std::uint32_t index = 0; index < scope.body->items->size(); ++index) {
    const Item& item = (*scope.body->items)[index];
    if (const auto* secret = std::get_if<SecretDeclaration>(&item)) {
      scope.values.emplace(index, PartialValue{declared_secret(scope, pipeline, secret->name.text, secret->source), {}});
    }
    const auto* param = std::get_if<ParamDeclaration>(&item);
    if (param == nullptr) continue;
    names.push_back(param->name.text);
    const Type& type = scope.body->item_types[index];
    PipelineParam bound{std::string(param->name.text), type, std::string(sources_.text(scope.module->tree[param->type].span)), param->doc, {}, PipelineParam::Source::default_value};
    if (const auto entry = given.find(bound.name); entry != given.end()) {
      bound.source = entry->second.source;
      const auto value = param_value(sources_, bound.name, entry->second, type, scope.module->looks, *diagnostics_);
      if (value) bound.value = *value;
      scope.values.emplace(index, PartialValue{value, {}});
    } else if (param->default_value && without_optional(type).as<SecretType>() != nullptr) {
      bound.value = declared_secret(scope, pipeline, param->name.text, *param->default_value);
      scope.values.emplace(index, PartialValue{bound.value, {}});
    } else if (!param->default_value && type.as<OptionalType>() != nullptr) {
      scope.values.emplace(index, PartialValue{Value(), {}});
    } else if (!param->default_value) {
      diagnostics_->add({.name = "missing-param", .message = "param `" + bound.name + "` has no value", .span = param->name.span, .label = "a `" + type_text(type) + "` without a default",
                        .hint = "give it behind the file: `" + bound.name + "=…`"});
    }
    pipeline.params.push_back(std::move(bound));
  }
  for (const auto& [name, value] : given) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    // A profile is for all pipelines of a project, and not every one has every param.
    const bool is_profile = value.source == PipelineParam::Source::profile;
    diagnostics_->add({.name = "unknown-param", .message = "pipeline `" + pipeline.name + "` has no param `" + name + "`", .span = given_place(sources_, name, value), .label = "not a param",
                      .hint = did_you_mean(name, names, names.empty() ? "it has no params" : "`sdlrun help FILE` shows its params"),
                      .severity = is_profile ? Severity::warning : Severity::error});
  }
}

void Opener::bind_pools(const BodyScope& scope) {
  for (const Item& item : *scope.body->items) {
    const auto* pool = std::get_if<PoolDeclaration>(&item);
    if (pool == nullptr) continue;
    const auto size = known_now(pool->size, scope, pool_size_type(), "a pool's size");
    if (size) pools_.insert_or_assign(std::string(pool->name.text), *size->as<std::int64_t>());
  }
}

void Opener::open_outputs(const BodyScope& scope, Pipeline& pipeline) {
  for (const Item& item : *scope.body->items) {
    const auto* output = std::get_if<OutputDeclaration>(&item);
    if (output == nullptr) continue;
    PipelineOutput opened{std::string(output->name.text), {}, output->name.span, {}};
    opened.value = partial(output->value, scope, {}, opened.dependencies);
    pipeline.outputs.push_back(std::move(opened));
  }
}

void Opener::Renaming::apply(NodeId& node) const {
  const auto index = static_cast<std::size_t>(node);
  if (index >= first) node = renamed[index - first];
}

void Opener::Renaming::apply(std::vector<NodeId>& nodes) const {
  for (NodeId& node : nodes) apply(node);
  std::erase(nodes, no_node);
  std::sort(nodes.begin(), nodes.end());
}

void Opener::Renaming::apply(std::vector<StepInstance>& instances) const {
  for (StepInstance& instance : instances) {
    if (instance.node) apply(*instance.node);
    apply(instance.nodes);
  }
}

/// The order written, but for those that are written before what they depend on. Takes the drafts.
Opener::Renaming Opener::put_in_order(Pipeline& pipeline) {
  const std::size_t count = drafts_.size();
  std::vector<std::size_t> open_dependencies(count);
  std::vector<std::vector<std::size_t>> dependants(count);
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> free;
  for (std::size_t i = 0; i < count; ++i) {
    const auto comes_after = [&](NodeId node) {
      const auto index = static_cast<std::size_t>(node);
      if (index < first_draft_) return;  // it is in the pipeline already
      dependants[index - first_draft_].push_back(i);
      ++open_dependencies[i];
    };
    std::vector<NodeId>& dependencies = drafts_[i].node.dependencies;
    std::sort(dependencies.begin(), dependencies.end());
    dependencies.erase(std::unique(dependencies.begin(), dependencies.end()), dependencies.end());
    std::for_each(dependencies.begin(), dependencies.end(), comes_after);
    if (drafts_[i].node.kind == NodeKind::gate) {
      const std::vector<NodeId>& more = pending_.at(draft_id(i)).may_need;
      std::for_each(more.begin(), more.end(), comes_after);
    }
    if (open_dependencies[i] == 0) free.push(i);
  }
  Renaming renaming{first_draft_, std::vector<NodeId>(count, no_node)};
  while (!free.empty()) {
    const std::size_t draft = free.top();
    free.pop();
    for (const std::size_t dependant : dependants[draft]) {
      if (--open_dependencies[dependant] == 0) free.push(dependant);
    }
    if (drafts_[draft].dropped) continue;
    renaming.renamed[draft] = static_cast<NodeId>(pipeline.nodes.size());
    pipeline.nodes.push_back(std::move(drafts_[draft].node));
  }
  for (std::size_t i = first_draft_; i < pipeline.nodes.size(); ++i) renaming.apply(pipeline.nodes[i].dependencies);
  rename_gates(renaming);
  return renaming;
}

void Opener::rename_gates(const Renaming& renaming) {
  std::map<NodeId, Pending> renamed;
  while (!pending_.empty() && static_cast<std::size_t>(pending_.rbegin()->first) >= first_draft_) {
    auto entry = pending_.extract(std::prev(pending_.end()));
    renaming.apply(entry.key());
    renaming.apply(entry.mapped().may_need);
    renamed.insert(std::move(entry));
  }
  pending_.merge(renamed);
}

void Opener::rename_scopes(const Renaming& renaming, std::size_t first_scope) {
  for (auto scope = scopes_->bodies.begin() + static_cast<std::ptrdiff_t>(first_scope); scope != scopes_->bodies.end(); ++scope) {
    scope->waits_for.clear();  // they speak of the old names
    for (auto& [item, instances] : scope->steps) renaming.apply(instances);
    for (auto& [item, requirement] : scope->requirements) renaming.apply(requirement);
  }
}

void Opener::find_default_goals(Pipeline& pipeline) {
  std::vector<bool> referred(pipeline.nodes.size()), needed(pipeline.nodes.size());
  for (const Node& node : pipeline.nodes) {
    if (node.kind == NodeKind::requirement || node.options.on_demand) continue;
    for (const NodeId dependency : node.dependencies) referred[static_cast<std::size_t>(dependency)] = true;
  }
  for (const auto& [gate, may_need] : pipeline.gates) {
    if (pipeline[gate].options.on_demand) continue;
    for (const NodeId node : may_need) referred[static_cast<std::size_t>(node)] = true;
  }
  for (std::size_t i = pipeline.nodes.size(); i-- > 0;) {
    const Node& node = pipeline.nodes[i];
    const bool goal = node.kind != NodeKind::requirement && !referred[i] && !node.options.on_demand;
    if (goal) pipeline.default_goals.push_back(static_cast<NodeId>(i));
    if (!goal && !needed[i]) continue;
    for (const NodeId dependency : node.dependencies) needed[static_cast<std::size_t>(dependency)] = true;
    needed[i] = true;
  }
  // A requirement is asked of whatever runs; it makes nothing run by itself.
  for (std::size_t i = 0; i < pipeline.nodes.size(); ++i) {
    const Node& node = pipeline.nodes[i];
    if (node.kind != NodeKind::requirement) continue;
    const bool asked = std::all_of(node.dependencies.begin(), node.dependencies.end(), [&](NodeId dependency) { return needed[static_cast<std::size_t>(dependency)]; });
    if (asked) pipeline.default_goals.push_back(static_cast<NodeId>(i));
  }
  std::sort(pipeline.default_goals.begin(), pipeline.default_goals.end());
}

std::vector<NodeId> Pipeline::find(std::string_view wanted) const {
  std::vector<NodeId> found;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const std::string_view node_name = nodes[i].name;
    const bool part = node_name.size() > wanted.size() && node_name.starts_with(wanted) && (node_name[wanted.size()] == '[' || node_name[wanted.size()] == '/');
    if (node_name == wanted || part) found.push_back(static_cast<NodeId>(i));
  }
  return found;
}

}  // namespace sdlrun::dsl
