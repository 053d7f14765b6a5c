// Functions of the language over numbers, lists and maps. Internal to dsl/functions.
#pragma once

#include "dsl/functions/functions.hpp"

namespace sdlrun::dsl {

std::vector<Function> list_functions();

}  // namespace sdlrun::dsl
