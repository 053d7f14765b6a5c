// A for-each step over `glob("…")` that no file matches: most often a misspelt pattern, and the step silently is none.
#pragma once

#include <optional>

#include "dsl/diagnostics/diagnostic.hpp"
#include "dsl/evaluate/scope.hpp"

namespace sdlrun::dsl {

/// A warning, where the list `source`, which is empty, comes from a `glob` and nothing asks for the `length` of that list.
std::optional<Diagnostic> warning_of_empty_glob(const BodyScope& scope, ExpressionId source);

}  // namespace sdlrun::dsl
