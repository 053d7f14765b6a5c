#include "dsl/stage_schema/stage_schema.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "dsl/check/expression_checker.hpp"
#include "dsl/check/type_resolver.hpp"
#include "dsl/diagnostics/diagnostic_text.hpp"
#include "dsl/evaluate/evaluator.hpp"
#include "dsl/syntax/parser.hpp"

namespace sdlrun::dsl {

namespace {

/// A schema of ours that is wrong cannot be worked around: every command would meet it.
[[noreturn]] void refuse(const Sources& sources, const Diagnostics& diagnostics, const std::string& where) {
  std::fprintf(stderr, "sdlrun: the schema of %s is wrong:\n%s", where.c_str(), diagnostics_text(sources, diagnostics).c_str());
  std::abort();
}

Type parse_schema_type(const std::string& text, const std::string& where) {
  Sources sources;
  Diagnostics diagnostics;
  auto parsed = parse_type(sources, sources.add(where, text), diagnostics);
  if (!parsed) refuse(sources, diagnostics, where);
  const TypeExpressionId id = parsed->type;
  const LoadedModule module(std::move(parsed->module));
  Type type = TypeResolver(nullptr, module, diagnostics).resolve(id);
  if (diagnostics.has_errors()) refuse(sources, diagnostics, where);
  return type;
}

Value parse_schema_default(const std::string& text, const Type& type, const std::string& where) {
  Sources sources;
  Diagnostics diagnostics;
  auto parsed = parse_expression(sources, sources.add(where, text), diagnostics);
  if (!parsed) refuse(sources, diagnostics, where);
  const ExpressionId id = parsed->expression;
  LoadedModule module(std::move(parsed->module));
  ExpressionChecker(module, [](const Name&) { return std::nullopt; }, [] { return std::vector<std::string_view>(); }, diagnostics).check(id, {type, "the default"});
  BodyScope scope;
  scope.module = &module;
  const FinishedOutputs nothing_finished;
  const auto value = Evaluator(nothing_finished, diagnostics).evaluate(id, scope, type);
  if (diagnostics.has_errors() || !value) refuse(sources, diagnostics, where);
  return *value;
}

}  // namespace

const InputSchema* StageSchema::find_input(std::string_view input) const {
  const auto found = std::find_if(inputs.begin(), inputs.end(), [&](const InputSchema& candidate) { return candidate.name == input; });
  return found == inputs.end() ? nullptr : &*found;
}

const OutputSchema* StageSchema::find_output(std::string_view output) const {
  const auto found = std::find_if(outputs.begin(), outputs.end(), [&](const OutputSchema& candidate) { return candidate.name == output; });
  return found == outputs.end() ? nullptr : &*found;
}

StageSchemaBuilder::StageSchemaBuilder(std::string family, std::string name, std::string summary) {
  schema_.family = std::move(family);
  schema_.name = std::move(name);
  schema_.summary = std::move(summary);
}

StageSchemaBuilder& StageSchemaBuilder::version(int number) {
  schema_.version = number;
  return *this;
}

StageSchemaBuilder& StageSchemaBuilder::external() {
  schema_.effect = StageEffect::external;
  return *this;
}

StageSchemaBuilder& StageSchemaBuilder::doc(std::string markdown) {
  schema_.doc = std::move(markdown);
  return *this;
}

StageSchemaBuilder& StageSchemaBuilder::example(std::string text) {
  schema_.example = std::move(text);
  return *this;
}

StageSchemaBuilder& StageSchemaBuilder::input(std::string name, std::string type, std::string doc) {
  const std::string where = schema_.full_name() + ", input " + name;
  schema_.inputs.push_back({std::move(name), parse_schema_type(type, where), type, std::nullopt, "", std::move(doc)});
  return *this;
}

StageSchemaBuilder& StageSchemaBuilder::input(std::string name, std::string type, std::string doc, std::string default_value) {
  input(std::move(name), std::move(type), std::move(doc));
  InputSchema& added = schema_.inputs.back();
  added.default_value = parse_schema_default(default_value, added.type, schema_.full_name() + ", input " + added.name);
  added.default_text = std::move(default_value);
  return *this;
}

StageSchemaBuilder& StageSchemaBuilder::output(std::string name, std::string type, std::string doc) {
  const std::string where = schema_.full_name() + ", output " + name;
  schema_.outputs.push_back({std::move(name), parse_schema_type(type, where), type, std::move(doc)});
  return *this;
}

StageSchemaBuilder& StageSchemaBuilder::takes_outputs_clause() {
  schema_.takes_outputs_clause = true;
  return *this;
}

StageSchemaBuilder& StageSchemaBuilder::runs_elsewhere(const std::string& place, const std::string& image) {
  input(StageSchema::place_input, place + '?', "Where it runs; none: on this machine.", "none");
  input(StageSchema::image_input, image + '?', "The image that it runs in there.", "none");
  for (std::size_t i = schema_.inputs.size() - 2; i < schema_.inputs.size(); ++i) schema_.inputs[i].said_in_with = true;
  return *this;
}

StageSchema StageSchemaBuilder::build() { return std::move(schema_); }

const StageSchema* StageSchemas::find(std::string_view family, std::string_view name) const {
  const auto found = std::find_if(all_.begin(), all_.end(), [&](const StageSchema* schema) { return schema->family == family && schema->name == name; });
  return found == all_.end() ? nullptr : *found;
}

bool StageSchemas::has_family(std::string_view family) const {
  return std::any_of(all_.begin(), all_.end(), [&](const StageSchema* schema) { return schema->family == family; });
}

}  // namespace sdlrun::dsl
