// Numbers as written to what they mean: ints, floats, durations and sizes.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "dsl/syntax/tree.hpp"

namespace sdlrun::dsl {

/// What is wrong with a number. The offsets count within its text.
struct NumberError {
  std::string_view name;  // of the diagnostic
  std::string message;
  std::string hint;
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// The literal for a text such as `1_000`, `1e-3`, `2h30m` or `512MiB`. The text begins with a digit and has the shape
/// that the grammar's `number` accepts.
tl::expected<ExpressionNode, NumberError> number_literal(std::string_view text);

}  // namespace sdlrun::dsl
