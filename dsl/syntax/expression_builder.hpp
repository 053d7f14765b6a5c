// Expressions, built bottom up: each rule that has matched takes its parts from the top of a stack and leaves its result
// there. A rule's parts are those that begin inside its text, so nothing is counted.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "dsl/syntax/syntax_errors.hpp"
#include "dsl/syntax/tree.hpp"

namespace sdlrun::dsl {

/// How deep expressions and types may be nested, in the text and in the tree.
inline constexpr int nesting_limit = 200;

class ExpressionBuilder {
 public:
  struct Operand {
    ExpressionId id;
    Span span;  // with the parentheses around it
  };

  ExpressionBuilder(Module& module, SyntaxErrors& errors, std::string_view text)
      : module_(module), errors_(errors), text_(text) {}

  // literals and names
  void literal(ExpressionNode node, Span span);
  void number(Span span);
  /// `-` and a number where only a literal may stand.
  void negative_number(Span span);
  void reference(Span span);
  void remember_name(Span span);

  // behind a value
  void member(Span name);
  void index(Span brackets);
  void index_all(Span brackets);
  void call(Span parentheses);

  // around values
  void parentheses(Span span);
  void list(Span span);
  void comprehension_tail(Span span);
  void braces(Span span);
  void if_expression(Span span);
  void match_arm(Span span);
  void match_expression(Span span);

  // operators
  void prefix_operator(Span span);
  void infix_operator(Span span);
  /// All operands and operators that begin in the span become one expression, by precedence.
  void fold_operators(Span span);

  // what other builders take
  ExpressionId add(ExpressionNode node, Span span, int depth = 1);
  void push(ExpressionId id, Span span) { values_.push_back({id, span}); }
  ExpressionId pop();
  Operand pop_operand();
  /// The values that begin at or behind the offset, in the order of the text.
  std::vector<ExpressionId> pop_since(std::uint32_t begin);
  std::optional<Operand> pop_operand_if_since(std::uint32_t begin);
  /// Where the value on top ends.
  std::uint32_t top_end() const { return values_.back().span.end; }
  Name pop_name();
  /// How many expressions stand inside each other, itself included.
  int depth(ExpressionId id) const { return depths_[static_cast<std::uint32_t>(id)]; }
  const Module& module() const { return module_; }

  /// Forgets what an abandoned item has left.
  void clear();

 private:
  struct Operator {
    Span span;
    bool prefix = false;
    BinaryOperator binary{};
    UnaryOperator unary{};
    int binding = 0;
  };

  int deepest(const std::vector<ExpressionId>& ids) const;
  void push_new(ExpressionNode node, Span span, int depth);
  void apply_operator(std::vector<Operand>& operands, const Operator& operation);
  void reduce(std::vector<Operand>& operands, std::vector<Operator>& pending, const Operator& next, std::uint32_t end);
  [[noreturn]] void fail_chained(const Operator& first, const Operator& second, std::uint32_t end);

  Module& module_;
  SyntaxErrors& errors_;
  std::string_view text_;
  std::vector<std::uint16_t> depths_;  // of every expression of the module
  std::vector<Operand> values_;
  std::vector<Operator> operators_;
  std::vector<Name> names_;
  std::vector<MatchExpressionArm> arms_;
  std::vector<Span> comprehensions_;
};

}  // namespace sdlrun::dsl
