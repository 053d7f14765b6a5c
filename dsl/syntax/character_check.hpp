// Bytes that no text may hold, wherever they stand.
#pragma once

#include <string_view>

#include "dsl/syntax/syntax_errors.hpp"

namespace sdlrun::dsl {

/// Reports the first place that is not UTF-8, and the first control character other than tab and line ends.
void check_characters(std::string_view text, SyntaxErrors& errors);

}  // namespace sdlrun::dsl
