// A syntax tree as text, without spans and comments: what two texts must share to mean the same.
#pragma once

#include <string>

#include "dsl/syntax/tree.hpp"

namespace sdlrun::dsl {

std::string tree_text(const Module& module);
std::string tree_text(const Module& module, ExpressionId id);
std::string tree_text(const Module& module, TypeExpressionId id);

}  // namespace sdlrun::dsl
