// How large a value is when all of it is walked through: a list that holds another twice counts it twice, though memory
// does not. A few lines can describe more than any machine holds; what is heavier than the limit is refused.
#pragma once

#include <cstddef>

#include "dsl/values/value.hpp"

namespace sdlrun::dsl {

/// In bytes; about three million numbers.
inline constexpr std::size_t heaviest_value = std::size_t{256} * 1024 * 1024;

/// What to do instead of making a heavier one.
inline constexpr const char* too_heavy_hint = "a pipeline describes work: let a step make large data, and hand on its file";

/// In bytes; counting stops above `most`.
std::size_t weight(const Value& value, std::size_t most = heaviest_value);

}  // namespace sdlrun::dsl
