// Functions of the language over paths and files. Internal to dsl/functions.
#pragma once

#include "dsl/functions/functions.hpp"

namespace sdlrun::dsl {

std::vector<Function> path_functions();

}  // namespace sdlrun::dsl
