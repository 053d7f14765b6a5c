// Operators and their precedence. The grammar takes `operand operator operand …` as it stands; here it becomes a tree.
#include <algorithm>
#include <array>

#include "dsl/syntax/expression_builder.hpp"
#include "dsl/syntax/keywords.hpp"
#include "dsl/syntax/operators.hpp"

namespace sdlrun::dsl {

void ExpressionBuilder::prefix_operator(Span span) {
  const bool is_not = text_[span.begin] != '-';
  operators_.push_back({.span = span,
                        .prefix = true,
                        .unary = is_not ? UnaryOperator::logical_not : UnaryOperator::negate,
                        .binding = is_not ? not_binding : negate_binding});
}

void ExpressionBuilder::infix_operator(Span span) {
  const OperatorInfo& info = operator_info(text_.substr(span.begin, span.end - span.begin));
  operators_.push_back({.span = span, .binary = info.operation, .binding = info.binding});
}

void ExpressionBuilder::negative_number(Span span) {
  std::vector<Operand> operands = {pop_operand()};
  apply_operator(operands, {.span = span, .prefix = true, .unary = UnaryOperator::negate, .binding = negate_binding});
  values_.push_back(operands.back());
}

void ExpressionBuilder::apply_operator(std::vector<Operand>& operands, const Operator& operation) {
  const Operand right = operands.back();
  operands.pop_back();
  if (!operation.prefix) {
    Operand& left = operands.back();
    const Span span = join(left.span, right.span);
    const Binary binary{.operation = operation.binary, .left = left.id, .right = right.id, .operator_span = operation.span};
    left = {add(binary, span, std::max(depth(left.id), depth(right.id)) + 1), span};
    return;
  }
  const Span span = join(operation.span, right.span);
  // A number with its sign is one literal, so that ranges and patterns can hold it.
  const bool is_number = operation.unary == UnaryOperator::negate && is_digit(text_[right.span.begin]);
  const auto* const whole = std::get_if<IntLiteral>(&module_[right.id].node);
  const auto* const real = std::get_if<FloatLiteral>(&module_[right.id].node);
  if (is_number && whole != nullptr) {
    operands.push_back({add(IntLiteral{-whole->value}, span), span});
  } else if (is_number && real != nullptr) {
    operands.push_back({add(FloatLiteral{-real->value}, span), span});
  } else {
    operands.push_back({add(Unary{.operation = operation.unary, .operand = right.id}, span, depth(right.id) + 1), span});
  }
}

void ExpressionBuilder::fail_chained(const Operator& first, const Operator& second, std::uint32_t end) {
  errors_.fail({.name = "chained-comparison",
                .message = "comparisons cannot be chained",
                .span = second.span,
                .label = "a second comparison",
                .hint = "write `a < b and b < c`",
                .related = {{.span = first.span, .text = "the first one"}}},
               end);
}

/// Applies the operators that bind at least as tight as the next one.
void ExpressionBuilder::reduce(std::vector<Operand>& operands, std::vector<Operator>& pending, const Operator& next, std::uint32_t end) {
  while (!pending.empty() && pending.back().binding >= next.binding) {
    const bool chained = !pending.back().prefix && pending.back().binding == comparison_binding && next.binding == comparison_binding;
    if (chained) fail_chained(pending.back(), next, end);
    apply_operator(operands, pending.back());
    pending.pop_back();
  }
}

void ExpressionBuilder::fold_operators(Span span) {
  if (operators_.empty() || operators_.back().span.begin < span.begin) return;
  std::size_t operand = values_.size();
  while (operand > 0 && values_[operand - 1].span.begin >= span.begin) --operand;
  std::size_t operation = operators_.size();
  while (operation > 0 && operators_[operation - 1].span.begin >= span.begin) --operation;
  const std::size_t first_operand = operand;
  const std::size_t first_operator = operation;

  std::vector<Operand> operands;
  std::vector<Operator> pending;
  while (operation < operators_.size()) {
    const Operator& next = operators_[operation];
    if (operand < values_.size() && values_[operand].span.begin < next.span.begin) {
      operands.push_back(values_[operand++]);
      continue;
    }
    if (!next.prefix) reduce(operands, pending, next, span.end);
    pending.push_back(next);
    ++operation;
  }
  operands.push_back(values_[operand]);
  reduce(operands, pending, {.span = span, .binding = loosest_binding}, span.end);
  values_.resize(first_operand);
  operators_.resize(first_operator);
  values_.push_back(operands.back());
}

}  // namespace sdlrun::dsl
