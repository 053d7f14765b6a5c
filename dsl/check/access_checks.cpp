// Types of names, members, elements and calls.
#include <algorithm>

#include "dsl/check/expression_checker.hpp"
#include "dsl/functions/functions.hpp"

namespace sdlrun::dsl {

namespace {

/// What to write instead of a step as a whole.
std::string value_hint(const std::string& step, const std::vector<InterfaceOutput>& outputs) {
  if (outputs.empty()) return "it has no outputs; to wait for it, write `with { after = " + step + " }`";
  std::vector<std::string> names;
  for (const InterfaceOutput& output : outputs) names.push_back(step + "." + std::string(output.name));
  return names.size() == 1 ? "write `" + names.front() + "`" : "name one of its outputs: " + listed(names);
}

std::string outputs_text(const std::vector<InterfaceOutput>& outputs) {
  if (outputs.empty()) return "it has no outputs";
  std::vector<std::string> names;
  for (const InterfaceOutput& output : outputs) names.emplace_back(output.name);
  return "its outputs are " + listed(names);
}

}  // namespace

Checked ExpressionChecker::infer_node(const Reference& reference, Span span, const Expected&) {
  const std::string name(reference.name.text);
  const auto meaning = meaning_of(reference.name);
  if (!meaning) {
    std::string otherwise = find_function(name) != nullptr ? "it is a function: `" + std::string(find_function(name)->signature) + "`"
                            : is_in_text_ ? "declare it, or, where a shell's variable is meant, write the script in '''…''': there `$` is the shell's"
                                          : "declare it with `param`, `let` or `step`; text stands in quotes";
    error("unknown-name", span, "there is no `" + name + "` here", "not declared", did_you_mean(name, all_names_(), otherwise));
    return {};
  }
  if (const auto* step = std::get_if<NamedStep>(&*meaning)) {
    error("step-as-value", span, "step `" + name + "` is not a value", "a step as a whole", value_hint(name, *step->outputs));
    return {};
  }
  return std::get<Checked>(*meaning);
}

std::optional<ExpressionChecker::StepAccess> ExpressionChecker::step_access(ExpressionId id) {
  const Expression& expression = at(id);
  const Reference* reference = std::get_if<Reference>(&expression.node);
  StepAccess access{.step = {}, .kind = StepAccess::Kind::whole, .span = expression.span};
  if (const auto* index = std::get_if<Index>(&expression.node)) {
    reference = std::get_if<Reference>(&at(index->object).node);
    access.kind = StepAccess::Kind::element;
  } else if (const auto* all = std::get_if<IndexAll>(&expression.node)) {
    reference = std::get_if<Reference>(&at(all->object).node);
    access.kind = StepAccess::Kind::all;
  }
  if (reference == nullptr) return std::nullopt;
  const auto meaning = meaning_of(reference->name);
  if (!meaning || !std::holds_alternative<NamedStep>(*meaning)) return std::nullopt;
  access.step = std::get<NamedStep>(*meaning);
  const bool for_each = !access.step.declaration->axes.empty();
  const std::string name(reference->name.text);
  if (for_each && access.kind == StepAccess::Kind::whole) return access;
  if (!for_each && access.kind != StepAccess::Kind::whole) {
    error("not-for-each", expression.span, "step `" + name + "` is one step", "it has no elements", "write `" + name + ".output`");
  }
  if (const auto* index = std::get_if<Index>(&expression.node); index != nullptr && for_each) {
    check_index_count(access, index->indices, expression.span);
  }
  return access;
}

bool ExpressionChecker::refers_to_step(ExpressionId id) {
  const auto* reference = std::get_if<Reference>(&at(id).node);
  if (reference == nullptr) return false;
  const auto meaning = meaning_of(reference->name);
  return meaning && std::holds_alternative<NamedStep>(*meaning);
}

/// Elements are named by what they are: a number never names one of a list of strings, nor the other way round.
void ExpressionChecker::check_key(ExpressionId index, const Type& found, const Type& named_by) {
  const bool both_known = !found.is_unknown() && !named_by.is_unknown();
  const auto is_number = [](const Type& type) { return type.as<IntType>() != nullptr; };
  if (!both_known || is_number(found) == is_number(named_by)) return;
  error("wrong-element", at(index).span, "the elements of this step are named by `" + type_text(named_by) + "`, not by `" + type_text(found) + "`", "names none of them",
        is_number(found) ? "an element is named by what it is, not by its place in the list: write `[\"name\"]`" : "write the number without quotes");
}

void ExpressionChecker::check_index_count(const StepAccess& access, const std::vector<ExpressionId>& indices, Span span) {
  const std::size_t wanted = access.step.declaration->axes.size();
  if (indices.size() != wanted) {
    error("wrong-index-count", span, "step `" + std::string(access.step.declaration->name.text) + "` goes over " + std::to_string(wanted) + (wanted == 1 ? " list" : " lists"),
          std::to_string(indices.size()) + " given", wanted == 2 ? "write `[first, second]`" : "write `[element]`");
  }
  const Type key{UnionType{{Type(StringType{}), Type(IntType{})}}};
  const std::vector<Type> named_by = access.step.key_types ? access.step.key_types() : std::vector<Type>();
  for (std::size_t axis = 0; axis < indices.size(); ++axis) {
    const ExpressionId index = indices[axis];
    const Checked checked = check(index, {key, "the element of a for-each step"});
    if (axis < named_by.size()) check_key(index, checked.type, named_by[axis]);
    if (checked.late) error("late-index", at(index).span, "which element is meant must be known before anything runs", "known only after a step has run", "use a literal, a param or a `let`");
  }
}

Checked ExpressionChecker::step_output(const StepAccess& access, const Member& member) {
  const std::string step(access.step.declaration->name.text);
  const std::string name(member.member.text);
  if (!access.step.declaration->axes.empty() && access.kind == StepAccess::Kind::whole) {
    error("for-each-needs-element", access.span, "step `" + step + "` stands for many steps", "which of them?",
          "write `" + step + "[element]." + name + "` for one, `" + step + "[*]." + name + "` for the list of all");
    return {Type(), true};
  }
  const auto output = std::find_if(access.step.outputs->begin(), access.step.outputs->end(), [&](const InterfaceOutput& candidate) { return candidate.name == name; });
  if (output == access.step.outputs->end()) {
    std::vector<std::string_view> names;
    for (const InterfaceOutput& candidate : *access.step.outputs) names.push_back(candidate.name);
    error("unknown-output", member.member.span, "step `" + step + "` has no output `" + name + "`", "not an output",
          did_you_mean(name, names, outputs_text(*access.step.outputs)), {{access.step.declaration->name.span, "the step"}});
    return {Type(), true};
  }
  return {access.kind == StepAccess::Kind::all ? Type(ListType{output->type}) : output->type, true};
}

Checked ExpressionChecker::infer_node(const Member& member, Span, const Expected&) {
  if (const auto access = step_access(member.object)) return step_output(*access, member);
  return field_of(infer(member.object), member);
}

Checked ExpressionChecker::field_of(const Checked& object, const Member& member) {
  if (object.type.is_unknown()) return {Type(), object.late};
  const std::string name(member.member.text);
  const auto* record = object.type.as<RecordType>();
  if (record == nullptr) {
    std::string hint = "only records and steps have members";
    if (object.type.as<OptionalType>() != nullptr) hint = "it may be none: ask `if … != none then … else …` first";
    if (object.type.as<MapType>() != nullptr) hint = "an entry of a map is written `[\"" + name + "\"]`";
    error("no-members", member.member.span, "`" + type_text(object.type) + "` has no members", "there is no `" + name + "` in it", hint);
    return {Type(), object.late};
  }
  if (const RecordField* field = record->find(name)) return {field->type, object.late};
  std::vector<std::string_view> names;
  std::vector<std::string> fields;
  for (const RecordField& field : record->fields) {
    names.push_back(field.name);
    fields.push_back(field.name);
  }
  error("unknown-field", member.member.span, "`" + type_text(object.type) + "` has no field `" + name + "`", "not a field",
        did_you_mean(name, names, fields.empty() ? "it has none" : "its fields are " + listed(fields)));
  return {Type(), object.late};
}

Checked ExpressionChecker::infer_node(const Index& index, Span span, const Expected&) {
  if (refers_to_step(index.object)) {
    error("step-as-value", span, "an element of a for-each step is not a value", "a step as a whole", "name one of its outputs: `….output`");
    return {Type(), true};
  }
  const Checked object = infer(index.object);
  if (index.indices.size() != 1) {
    error("wrong-index-count", span, "a list or map takes one index", std::to_string(index.indices.size()) + " given", "");
    return {Type(), object.late};
  }
  if (const auto* list = object.type.as<ListType>()) {
    const Checked position = check(index.indices[0], {Type(IntType{0, std::nullopt}), "a list's index"});
    return {list->element, object.late || position.late};
  }
  if (const auto* map = object.type.as<MapType>()) {
    const Checked key = check(index.indices[0], {Type(StringType{}), "a map's key"});
    return {map->value, object.late || key.late};
  }
  if (!object.type.is_unknown()) {
    error("not-indexable", at(index.object).span, "only lists and maps have elements", "this is `" + type_text(object.type) + "`",
          object.type.as<RecordType>() != nullptr ? "a field of a record is written `.name`" : "");
  }
  infer(index.indices[0]);
  return {Type(), object.late};
}

Checked ExpressionChecker::infer_node(const IndexAll& index, Span span, const Expected&) {
  if (!refers_to_step(index.object)) {
    const Checked object = infer(index.object);
    error("not-for-each", span, "`[*]` stands behind a for-each step only", object.type.is_unknown() ? "" : "this is `" + type_text(object.type) + "`",
          "a list stands for all its elements already");
  } else {
    error("step-as-value", span, "the steps themselves are not values", "all steps", "name one of their outputs: `[*].output`");
  }
  return {};
}

Checked ExpressionChecker::infer_node(const Call& call, Span span, const Expected&) {
  const std::string name(call.function.text);
  const Function* function = find_function(name);
  std::vector<Type> arguments;
  bool late = false;
  for (const ExpressionId argument : call.arguments) {
    const Checked checked = infer(argument);
    arguments.push_back(checked.type);
    late = late || checked.late;
  }
  if (function == nullptr) {
    std::vector<std::string_view> names;
    for (const Function& candidate : functions()) names.push_back(candidate.name);
    const bool is_env = name == "env";
    error("unknown-function", call.function.span, "there is no function `" + name + "`", "not a function",
          is_env ? "the environment is read by `secret name = env(\"NAME\")` only: declare a `param` for what is no secret" : did_you_mean(name, names, "what wants a function of one's own is a stage"));
    return {Type(), late};
  }
  if (arguments.size() < function->fewest_arguments || arguments.size() > function->most_arguments) {
    error("wrong-argument-count", span, "`" + name + "` takes " + std::to_string(function->fewest_arguments) + (function->most_arguments > function->fewest_arguments ? " or " + std::to_string(function->most_arguments) : "") + (function->most_arguments == 1 ? " argument" : " arguments"),
          std::to_string(arguments.size()) + " given", std::string(function->signature));
    return {Type(), late};
  }
  const auto result = function->type(arguments);
  if (result) return {*result, late};
  error("wrong-argument", span, "`" + name + "` " + result.error().message, "", result.error().hint.empty() ? std::string(function->signature) : result.error().hint);
  return {Type(), late};
}

}  // namespace sdlrun::dsl
