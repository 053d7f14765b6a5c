// Functions of the language over texts. Internal to dsl/functions.
#pragma once

#include "dsl/functions/functions.hpp"

namespace sdlrun::dsl {

std::vector<Function> text_functions();

}  // namespace sdlrun::dsl
