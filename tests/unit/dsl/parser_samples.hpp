// Correct texts that together hold every form of the language: for round trips and as seeds of the fuzz test.
#pragma once

#include <string>
#include <vector>

namespace sdlrun::dsl {

const std::vector<std::string>& sample_texts();

}  // namespace sdlrun::dsl
