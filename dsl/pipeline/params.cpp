#include "dsl/pipeline/params.hpp"

#include "dsl/check/expression_checker.hpp"
#include "dsl/check/secret_source.hpp"
#include "dsl/evaluate/evaluator.hpp"
#include "dsl/syntax/parser.hpp"

namespace sdlrun::dsl {

namespace {

const char* origin_of(const GivenParam& given) {
  return given.source == PipelineParam::Source::profile ? "sdl.yaml" : "command line";
}

bool takes_text(const Type& type) {
  return type.as<StringType>() != nullptr || type.as<FileType>() != nullptr || type.as<DirType>() != nullptr || type.as<EnumType>() != nullptr;
}

std::filesystem::path directory_of(const GivenParam& given) {
  std::error_code code;
  return given.directory.empty() ? std::filesystem::current_path(code) : given.directory;
}

/// What was given instead of its place is not repeated: it may be the secret.
std::optional<Value> secret_value(Sources& sources, std::string_view name, const GivenParam& given, Diagnostics& diagnostics) {
  auto place = secret_source(given.text);
  if (place) {
    if (place->source == SecretPlace::Source::file) place->text = (directory_of(given) / place->text).lexically_normal().string();
    return Value(SecretValue{std::string(name), std::make_shared<const SecretPlace>(std::move(*place))});
  }
  const FileId file = sources.add(origin_of(given), std::string(name) + "=***");
  const std::string param(name);
  diagnostics.add({.name = "secret-in-the-open", .message = "`" + param + "` is a secret: say where it is, not what it is", .span = {file, 0, static_cast<std::uint32_t>(name.size())},
                   .label = "what stands here is seen by others", .hint = "`" + param + "=env:NAME` reads it from a variable, `" + param + "=file:PATH` from a file"});
  return std::nullopt;
}

Span span_in_file(Sources& sources, const GivenPlace& place) {
  return {sources.add(place.file, *place.text), place.begin, place.end};
}

}  // namespace

Span given_place(Sources& sources, std::string_view name, const GivenParam& given) {
  if (given.place) return span_in_file(sources, *given.place);
  const FileId file = sources.add(origin_of(given), std::string(name) + "=" + given.text);
  return {file, 0, static_cast<std::uint32_t>(name.size())};
}

std::optional<Value> param_value(Sources& sources, std::string_view name, const GivenParam& given, const Type& type, Looks* looks, Diagnostics& diagnostics) {
  const Type inner = without_optional(type);
  if (type.as<OptionalType>() != nullptr && given.text == "none") return Value();
  if (inner.as<SecretType>() != nullptr) return secret_value(sources, name, given, diagnostics);
  const FileId file = sources.add(std::string(origin_of(given)) + ", " + std::string(name), given.text);
  const Span whole{file, 0, static_cast<std::uint32_t>(given.text.size())};
  std::optional<ParsedExpression> parsed;
  if (takes_text(inner)) {
    parsed.emplace(ParsedExpression{Module(file), {}});
    parsed->expression = parsed->module.add(Expression{StringLiteral{given.text}, whole});
  } else {
    Diagnostics syntax;
    parsed = parse_expression(sources, file, syntax);
    const bool is_word = parsed && std::holds_alternative<Reference>(parsed->module[parsed->expression].node);
    if (!parsed || is_word) {
      diagnostics.add({.name = "type-mismatch", .message = "`" + std::string(name) + "` takes `" + type_text(type) + "`, not `" + given.text + "`", .span = given.place ? span_in_file(sources, *given.place) : whole,
                       .label = "not a value of this type", .hint = "values are written as in a .sdl file, such as `5`, `2h30m`, `512MiB` or `[\"a\", \"b\"]`"});
      return std::nullopt;
    }
  }
  const ExpressionId expression = parsed->expression;
  BodyScope scope;
  LoadedModule module(std::move(parsed->module), looks);
  module.is_given = true;
  module.paths_hint = given.source == PipelineParam::Source::profile ? "paths in sdl.yaml are relative to its folder" : "paths on the command line are relative to the folder where you are";
  scope.module = &module;
  scope.directory = directory_of(given);
  Diagnostics found;
  const std::string place = "`" + std::string(name) + "`";
  ExpressionChecker(module, [](const Name&) { return std::nullopt; }, [] { return std::vector<std::string_view>(); }, found)
      .check(expression, {type, place});
  std::optional<Value> value;
  const FinishedOutputs nothing_finished;
  if (!found.has_errors()) value = Evaluator(nothing_finished, found).evaluate(expression, scope, type);
  for (Diagnostic& diagnostic : found.sorted()) {
    if (given.place && diagnostic.span.file == file) diagnostic.span = span_in_file(sources, *given.place);
    diagnostics.add(std::move(diagnostic));
  }
  return value;
}

}  // namespace sdlrun::dsl
