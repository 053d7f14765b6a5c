#include "dsl/pipeline/empty_glob.hpp"

namespace sdlrun::dsl {

namespace {

const LetDeclaration* let_named(const BodyScope& scope, ExpressionId id) {
  const auto* reference = std::get_if<Reference>(&scope.module->tree[id].node);
  if (reference == nullptr || scope.body == nullptr) return nullptr;
  const auto found = scope.body->names.find(reference->name.text);
  return found == scope.body->names.end() ? nullptr : std::get_if<LetDeclaration>(&(*scope.body->items)[found->second]);
}

const Call* call_of(const BodyScope& scope, ExpressionId id, std::string_view function) {
  const auto* call = std::get_if<Call>(&scope.module->tree[id].node);
  return call != nullptr && call->function.text == function && call->arguments.size() == 1 ? call : nullptr;
}

bool asks_for_length(const BodyScope& scope, const LetDeclaration& let) {
  for (std::size_t index = 0; index < scope.module->tree.expression_count(); ++index) {
    const Call* length = call_of(scope, static_cast<ExpressionId>(index), "length");
    if (length != nullptr && let_named(scope, length->arguments.front()) == &let) return true;
  }
  return false;
}

}  // namespace

std::optional<Diagnostic> warning_of_empty_glob(const BodyScope& scope, ExpressionId source) {
  const LetDeclaration* let = let_named(scope, source);
  const Call* glob = call_of(scope, let != nullptr ? let->value : source, "glob");
  if (glob == nullptr || (let != nullptr && asks_for_length(scope, *let))) return std::nullopt;
  const Expression& pattern = scope.module->tree[glob->arguments.front()];
  const auto* text = std::get_if<StringLiteral>(&pattern.node);
  return Diagnostic{.name = "empty-glob",
                    .message = text != nullptr ? "no file matches `" + text->text + "`" : "no file matches this pattern",
                    .span = pattern.span,
                    .label = "a step for each of them is none",
                    .hint = "patterns are relative to the file that writes them; of a `let files = glob(…)`, `require length(files) > 0` makes this an error, `>= 0` says that it may be so",
                    .severity = Severity::warning};
}

}  // namespace sdlrun::dsl
