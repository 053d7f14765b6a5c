// The operators and how tight they bind: one table for the parser and the formatter.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "dsl/syntax/tree.hpp"

namespace sdlrun::dsl {

struct OperatorInfo {
  BinaryOperator operation;
  std::string_view text;
  int binding;
};

inline constexpr int loosest_binding = 0;
inline constexpr int not_binding = 4;
inline constexpr int comparison_binding = 5;
inline constexpr int negate_binding = 8;
inline constexpr int tightest_binding = 9;

inline constexpr std::array binary_operators = {
    OperatorInfo{BinaryOperator::default_to, "??", 1},
    OperatorInfo{BinaryOperator::logical_or, "or", 2},
    OperatorInfo{BinaryOperator::logical_and, "and", 3},
    OperatorInfo{BinaryOperator::equal, "==", comparison_binding},
    OperatorInfo{BinaryOperator::not_equal, "!=", comparison_binding},
    OperatorInfo{BinaryOperator::less, "<", comparison_binding},
    OperatorInfo{BinaryOperator::less_equal, "<=", comparison_binding},
    OperatorInfo{BinaryOperator::greater, ">", comparison_binding},
    OperatorInfo{BinaryOperator::greater_equal, ">=", comparison_binding},
    OperatorInfo{BinaryOperator::add, "+", 6},
    OperatorInfo{BinaryOperator::subtract, "-", 6},
    OperatorInfo{BinaryOperator::multiply, "*", 7},
    OperatorInfo{BinaryOperator::divide, "/", 7},
    OperatorInfo{BinaryOperator::remainder, "%", 7},
};

constexpr const OperatorInfo& operator_info(std::string_view text) {
  return *std::find_if(binary_operators.begin(), binary_operators.end(), [&](const auto& info) { return info.text == text; });
}
constexpr const OperatorInfo& operator_info(BinaryOperator operation) {
  return *std::find_if(binary_operators.begin(), binary_operators.end(), [&](const auto& info) { return info.operation == operation; });
}

}  // namespace sdlrun::dsl
