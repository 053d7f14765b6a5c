// Where a secret's text is to be found, as a file or a command line says it: never the text itself.
#pragma once

#include <optional>
#include <string_view>

#include "dsl/syntax/tree.hpp"
#include "dsl/values/value.hpp"

namespace sdlrun::dsl {

/// `env("NAME")`, `file("path")` or `generated()`; nothing where it is another expression. The path is as written.
std::optional<SecretPlace> secret_source(const Module& tree, ExpressionId source);

/// `env:NAME` or `file:path`, as command lines and profiles say it.
std::optional<SecretPlace> secret_source(std::string_view text);

}  // namespace sdlrun::dsl
