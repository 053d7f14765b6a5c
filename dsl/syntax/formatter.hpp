// `sdlrun fmt`: the one canonical form. No options.
#pragma once

#include <string>

#include "dsl/source/source.hpp"
#include "dsl/syntax/tree.hpp"

namespace sdlrun::dsl {

/// The canonical text of a module that parsed without errors. Keeps every comment; formatting its result again
/// changes nothing, and the result parses to the same tree.
std::string format_module(const Sources& sources, const Module& module);

}  // namespace sdlrun::dsl
