// Values of names, members, elements and calls.
#include <algorithm>

#include "dsl/evaluate/evaluator.hpp"
#include "dsl/functions/functions.hpp"

namespace sdlrun::dsl {

namespace {

const std::vector<StepInstance> not_unfolded_yet;

bool may_be(const StepInstance& instance, const std::vector<std::optional<std::string>>& keys) {
  if (instance.is_gate ? instance.keys.size() > keys.size() : instance.keys.size() != keys.size()) return false;
  return std::equal(instance.keys.begin(), instance.keys.end(), keys.begin(), [](const std::string& key, const auto& wanted) { return !wanted || key == *wanted; });
}

}  // namespace

std::optional<Value> Evaluator::node_value(const Reference& reference, const Place& place) {
  const Scope* scope = &place.scope;
  while (scope->parent != nullptr) {
    if (scope->variable == reference.name.text) return scope->variable_value;
    scope = scope->parent;
  }
  const BodyScope& body_scope = scope->body_scope();
  const Body* body = body_scope.body;
  const auto found = body == nullptr ? decltype(body->names.end()){} : body->names.find(reference.name.text);
  if (body == nullptr || found == body->names.end()) {
    error("unknown-name", place.span, "there is no `" + std::string(reference.name.text) + "` here", "not declared", "text stands in quotes");
    return std::nullopt;
  }
  return item_value(found->second, (*body->items)[found->second], body_scope, place.span);
}

std::optional<Value> Evaluator::item_value(std::uint32_t index, const Item& item, const BodyScope& scope, Span span) {
  if (const auto* let = std::get_if<LetDeclaration>(&item)) {
    return remembered(index, let->value, let->type ? scope.body->item_types[index] : Type(), scope, span);
  }
  if (const auto value = scope.values.find(index); value != scope.values.end()) {
    return value->second.known ? value->second.known : evaluate(value->second.open);
  }
  const auto* param = std::get_if<ParamDeclaration>(&item);
  const auto* input = std::get_if<InputDeclaration>(&item);
  const auto fallback = param != nullptr ? param->default_value : input != nullptr ? input->default_value : std::nullopt;
  if (fallback) return remembered(index, *fallback, scope.body->item_types[index], scope, span);
  return input != nullptr ? std::optional(Value()) : std::nullopt;  // an optional input that was not given
}

std::optional<Value> Evaluator::remembered(std::uint32_t index, ExpressionId expression, const Type& type, const BodyScope& scope, Span) {
  // Its error is told, and what failed is not remembered: names that name two each would be gone through without end.
  if (failed_) return std::nullopt;
  {
    const std::lock_guard lock(scope.memory_mutex);
    if (const auto known = scope.memory.find(index); known != scope.memory.end()) return known->second;
    if (const auto waiting = scope.waits_for.find(index); waiting != scope.waits_for.end() && !finished_) {
      waits_for_.insert(waits_for_.end(), waiting->second.begin(), waiting->second.end());
      return std::nullopt;
    }
  }
  std::vector<NodeId> outer = std::move(waits_for_);
  waits_for_.clear();
  const auto value = evaluate(expression, scope, type);
  const std::vector<NodeId> own = take_waits_for();
  {
    const std::lock_guard lock(scope.memory_mutex);
    if (value) scope.memory.emplace(index, *value);
    if (!value && !failed_ && !finished_ && !unfolding_) scope.waits_for.emplace(index, own);
  }
  waits_for_ = std::move(outer);
  waits_for_.insert(waits_for_.end(), own.begin(), own.end());
  return value;
}

const std::vector<StepInstance>* Evaluator::step_instances(ExpressionId object, const Place& place) {
  const BodyScope& body_scope = place.scope.body_scope();
  const Module& tree = body_scope.module->tree;
  const ExpressionNode* node = &tree[object].node;
  if (const auto* index = std::get_if<Index>(node)) node = &tree[index->object].node;
  if (const auto* all = std::get_if<IndexAll>(node)) node = &tree[all->object].node;
  const auto* reference = std::get_if<Reference>(node);
  if (reference == nullptr || body_scope.body == nullptr) return nullptr;
  for (const Scope* scope = &place.scope; scope->parent != nullptr; scope = scope->parent) {
    if (scope->variable == reference->name.text) return nullptr;
  }
  const auto found = body_scope.body->names.find(reference->name.text);
  if (found == body_scope.body->names.end() || !std::holds_alternative<StepDeclaration>((*body_scope.body->items)[found->second])) return nullptr;
  const auto instances = body_scope.steps.find(found->second);
  return instances == body_scope.steps.end() ? &not_unfolded_yet : &instances->second;
}

Evaluator::Matching Evaluator::matching(const std::vector<StepInstance>& instances, ExpressionId object, const Place& place) {
  Matching result;
  const Expression& expression = place.scope.body_scope().module->tree[object];
  const auto* index = std::get_if<Index>(&expression.node);
  // An element that is not known yet may be any of them.
  std::vector<std::optional<std::string>> keys;
  if (index != nullptr) {
    for (const ExpressionId key : index->indices) {
      const auto value = evaluate(key, place.scope, {});
      if (!value && failed_) return result;
      keys.push_back(value ? std::optional(element_name(*value)) : std::nullopt);
      result.is_exact = result.is_exact && value.has_value();
    }
  }
  for (const StepInstance& instance : instances) {
    if (index == nullptr || may_be(instance, keys)) result.instances.push_back(&instance);
  }
  if (index != nullptr && result.is_exact && result.instances.empty() && &instances != &not_unfolded_yet) {
    std::string all;
    for (const StepInstance& instance : instances) {
      std::string name;
      for (const std::string& key : instance.keys) name += (name.empty() ? "" : ", ") + key;
      if (all.size() < 200) all += (all.empty() ? "" : "; ") + name;
    }
    error("unknown-element", expression.span, "this for-each step has no such element", "no element of this name", all.empty() ? "its list is empty" : "its elements are " + all);
  }
  return result;
}

std::optional<Value> Evaluator::instance_output(const StepInstance& instance, const Name& member, Span span) {
  if (instance.node) {
    const auto outputs = finished_ ? finished_(*instance.node) : std::nullopt;
    if (!outputs) {
      waits_for_.push_back(*instance.node);
      return std::nullopt;
    }
    const Value* output = outputs->find(member.text);
    return output != nullptr ? *output : Value();  // a skipped step's outputs are none
  }
  const std::vector<Item>& items = *instance.stage->body->items;
  for (std::uint32_t index = 0; index < items.size(); ++index) {
    const auto* output = std::get_if<OutputDeclaration>(&items[index]);
    if (output != nullptr && output->name.text == member.text) return remembered(index, output->value, Type(), *instance.stage, span);
  }
  return std::nullopt;
}

std::vector<NodeId> Evaluator::nodes_of(ExpressionId step, const Scope& scope) {
  const Type any;
  const Place place{scope, any, scope.body_scope().module->tree[step].span};
  std::vector<NodeId> nodes;
  const std::vector<StepInstance>* instances = step_instances(step, place);
  if (instances == nullptr) return nodes;
  for (const StepInstance* instance : matching(*instances, step, place).instances) nodes.insert(nodes.end(), instance->nodes.begin(), instance->nodes.end());
  return nodes;
}

std::optional<Value> Evaluator::node_value(const Member& member, const Place& place) {
  const std::vector<StepInstance>* instances = step_instances(member.object, place);
  if (instances == nullptr) {
    const auto object = evaluate(member.object, place.scope, {});
    if (!object) return std::nullopt;
    const Value* field = object->find(member.member.text);
    return field != nullptr ? *field : Value();
  }
  if (instances == &not_unfolded_yet && unfolding_) return std::nullopt;
  const bool all = std::holds_alternative<IndexAll>(place.scope.body_scope().module->tree[member.object].node);
  List values;
  const Matching chosen = matching(*instances, member.object, place);
  for (const StepInstance* instance : chosen.instances) {
    if (auto value = instance_output(*instance, member.member, place.span)) values.push_back(std::move(*value));
  }
  if (!chosen.is_exact || values.size() != chosen.instances.size() || (!all && values.empty())) return std::nullopt;
  return all ? Value::list(std::move(values)) : values.front();
}

std::optional<Value> Evaluator::node_value(const Index& index, const Place& place) {
  const auto object = evaluate(index.object, place.scope, {});
  const auto key = evaluate(index.indices.front(), place.scope, {});
  if (!object || !key) return std::nullopt;
  const List* list = object->as_list();
  if (list == nullptr) {
    const auto* name = key->as<std::string>();
    const Value* entry = name == nullptr ? nullptr : object->find(*name);
    if (entry != nullptr) return *entry;
    std::vector<std::string_view> names;
    if (const Fields* fields = object->as_fields()) {
      for (const auto& field : *fields) names.push_back(field.first);
    }
    error("unknown-key", place.span, "this map has no key " + value_text(*key), "not there", did_you_mean(plain_text(*key), names, "ask with `contains(map, key)` first"));
    return std::nullopt;
  }
  const std::int64_t position = *key->as<std::int64_t>();
  if (position >= 0 && static_cast<std::size_t>(position) < list->size()) return (*list)[static_cast<std::size_t>(position)];
  error("index-out-of-range", place.span, "this list has " + std::to_string(list->size()) + " elements", "there is none at " + std::to_string(position), "the first element is 0");
  return std::nullopt;
}

namespace {

std::vector<std::string> paths_in(const Value& files) {
  std::vector<std::string> paths;
  for (const Value& file : *files.as_list()) paths.push_back(file.as<FileValue>()->path);
  return paths;
}

}  // namespace

std::optional<Value> Evaluator::node_value(const Call& call, const Place& place) {
  const Function* function = find_function(call.function.text);
  List arguments;
  for (const ExpressionId argument : call.arguments) {
    if (auto value = evaluate(argument, place.scope, {})) arguments.push_back(std::move(*value));
  }
  if (function == nullptr || arguments.size() != call.arguments.size()) return std::nullopt;
  const std::filesystem::path& directory = place.scope.body_scope().directory;
  auto result = function->call(arguments, directory);
  if (result && function->looks_for_files) {
    look({.kind = Look::Kind::matches, .path = directory.string(), .pattern = plain_text(arguments.front()), .seen = seen_text(paths_in(*result))}, place);
  }
  if (result) return *result;
  const bool is_about_pattern = function->looks_for_files;
  error("wrong-argument", is_about_pattern ? place.scope.body_scope().module->tree[call.arguments.front()].span : place.span, result.error().message, "", result.error().hint);
  return std::nullopt;
}

}  // namespace sdlrun::dsl
