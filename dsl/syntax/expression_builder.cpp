#include "dsl/syntax/expression_builder.hpp"

#include <algorithm>
#include <array>

#include "dsl/diagnostics/backticks.hpp"
#include "dsl/syntax/keywords.hpp"
#include "dsl/syntax/number_literals.hpp"

namespace sdlrun::dsl {

namespace {

/// The index of the first element that begins at or behind the offset. They lie in the order of the text.
template <typename Element>
std::size_t first_since(const std::vector<Element>& stack, std::uint32_t begin) {
  std::size_t first = stack.size();
  while (first > 0 && stack[first - 1].span.begin >= begin) --first;
  return first;
}

/// What `True` or `null` was meant to be; empty for a name.
std::string_view intended_literal(std::string_view word) {
  using Pair = std::pair<std::string_view, std::string_view>;
  constexpr std::array pairs = {Pair{"True", "true"},  Pair{"TRUE", "true"},  Pair{"False", "false"}, Pair{"FALSE", "false"},
                                Pair{"None", "none"},  Pair{"NONE", "none"},  Pair{"null", "none"},   Pair{"nil", "none"},
                                Pair{"NULL", "none"}};
  const auto* const found = std::find_if(pairs.begin(), pairs.end(), [&](const Pair& pair) { return pair.first == word; });
  return found == pairs.end() ? std::string_view() : found->second;
}

}  // namespace

// ---- the stack ------------------------------------------------------------------------------------------------------

ExpressionId ExpressionBuilder::add(ExpressionNode node, Span span, int depth) {
  if (depth > nesting_limit) {
    errors_.fail({.name = "nesting-too-deep",
                  .message = "this expression has more than " + std::to_string(nesting_limit) + " parts inside each other",
                  .span = {.file = span.file, .begin = span.begin, .end = span.begin + 1},
                  .label = "begins here",
                  .hint = "name parts of it with `let`"},
                 span.end);
  }
  depths_.push_back(static_cast<std::uint16_t>(depth));
  return module_.add(Expression{.node = std::move(node), .span = span});
}

void ExpressionBuilder::push_new(ExpressionNode node, Span span, int depth) { push(add(std::move(node), span, depth), span); }

ExpressionBuilder::Operand ExpressionBuilder::pop_operand() {
  const Operand top = values_.back();
  values_.pop_back();
  return top;
}

ExpressionId ExpressionBuilder::pop() { return pop_operand().id; }

std::vector<ExpressionId> ExpressionBuilder::pop_since(std::uint32_t begin) {
  const std::size_t first = first_since(values_, begin);
  std::vector<ExpressionId> ids;
  ids.reserve(values_.size() - first);
  for (std::size_t at = first; at < values_.size(); ++at) ids.push_back(values_[at].id);
  values_.resize(first);
  return ids;
}

std::optional<ExpressionBuilder::Operand> ExpressionBuilder::pop_operand_if_since(std::uint32_t begin) {
  if (values_.empty() || values_.back().span.begin < begin) return std::nullopt;
  return pop_operand();
}

Name ExpressionBuilder::pop_name() {
  const Name top = names_.back();
  names_.pop_back();
  return top;
}

int ExpressionBuilder::deepest(const std::vector<ExpressionId>& ids) const {
  int result = 0;
  for (const ExpressionId id : ids) result = std::max(result, depth(id));
  return result;
}

void ExpressionBuilder::clear() {
  values_.clear();
  operators_.clear();
  names_.clear();
  arms_.clear();
  comprehensions_.clear();
}

// ---- literals and names ---------------------------------------------------------------------------------------------

void ExpressionBuilder::literal(ExpressionNode node, Span span) { push_new(std::move(node), span, 1); }

void ExpressionBuilder::number(Span span) {
  tl::expected<ExpressionNode, NumberError> number = number_literal(text_.substr(span.begin, span.end - span.begin));
  if (number) return literal(std::move(*number), span);
  const NumberError& error = number.error();
  errors_.report({.name = error.name,
                  .message = error.message,
                  .span = errors_.span(span.begin + static_cast<std::uint32_t>(error.begin), span.begin + static_cast<std::uint32_t>(error.end)),
                  .label = "",
                  .hint = error.hint});
  literal(InvalidExpression{}, span);
}

void ExpressionBuilder::reference(Span span) {
  const std::string_view word = text_.substr(span.begin, span.end - span.begin);
  const std::string_view intended = intended_literal(word);
  if (intended.empty()) return literal(Reference{{.text = word, .span = span}}, span);
  errors_.report({.name = "foreign-literal",
                  .message = in_backticks(word) + " is not a value of this language",
                  .span = span,
                  .label = "",
                  .hint = "write " + in_backticks(intended)});
  literal(InvalidExpression{}, span);
}

void ExpressionBuilder::remember_name(Span span) {
  names_.push_back({.text = text_.substr(span.begin, span.end - span.begin), .span = span});
}

// ---- behind a value -------------------------------------------------------------------------------------------------

void ExpressionBuilder::member(Span name) {
  const Operand object = pop_operand();
  const Name member{.text = text_.substr(name.begin, name.end - name.begin), .span = name};
  push_new(Member{.object = object.id, .member = member}, join(object.span, name), depth(object.id) + 1);
}

void ExpressionBuilder::index(Span brackets) {
  std::vector<ExpressionId> indices = pop_since(brackets.begin);
  const Operand object = pop_operand();
  const int deep = std::max(deepest(indices), depth(object.id)) + 1;
  push_new(Index{.object = object.id, .indices = std::move(indices)}, join(object.span, brackets), deep);
}

void ExpressionBuilder::index_all(Span brackets) {
  const Operand object = pop_operand();
  push_new(IndexAll{.object = object.id}, join(object.span, brackets), depth(object.id) + 1);
}

void ExpressionBuilder::call(Span parentheses) {
  std::vector<ExpressionId> arguments = pop_since(parentheses.begin);
  const Operand object = pop_operand();
  const Span span = join(object.span, parentheses);
  const auto* const function = std::get_if<Reference>(&module_[object.id].node);
  if (function != nullptr) {
    const int deep = deepest(arguments) + 1;
    return push_new(Call{.function = function->name, .arguments = std::move(arguments)}, span, deep);
  }
  errors_.report({.name = "call-of-value",
                  .message = "only functions can be called, and their names stand alone",
                  .span = parentheses,
                  .label = "not behind a function's name",
                  .hint = "such as `length(list)`; a stage takes its inputs in `{ }`"});
  push_new(InvalidExpression{}, span, 1);
}

// ---- around values --------------------------------------------------------------------------------------------------

void ExpressionBuilder::parentheses(Span span) { values_.back().span = span; }

void ExpressionBuilder::comprehension_tail(Span span) { comprehensions_.push_back(span); }

void ExpressionBuilder::list(Span span) {
  std::vector<ExpressionId> elements = pop_since(span.begin);
  const int deep = deepest(elements) + 1;
  if (comprehensions_.empty() || comprehensions_.back().begin < span.begin) {
    return push_new(ListLiteral{.elements = std::move(elements)}, span, deep);
  }
  comprehensions_.pop_back();
  Comprehension comprehension{.element = elements[0], .variable = pop_name(), .source = elements[1], .condition = {}};
  if (elements.size() > 2) comprehension.condition = elements[2];
  push_new(comprehension, span, deep);
}

void ExpressionBuilder::braces(Span span) {
  const std::vector<ExpressionId> parts = pop_since(span.begin);
  const int deep = deepest(parts) + 1;
  const std::size_t first_name = first_since(names_, span.begin);
  if (first_name < names_.size()) {
    RecordLiteral record;
    record.fields.reserve(parts.size());
    for (std::size_t at = 0; at < parts.size(); ++at) record.fields.push_back({names_[first_name + at], parts[at]});
    names_.resize(first_name);
    return push_new(std::move(record), span, deep);
  }
  MapLiteral map;
  map.entries.reserve(parts.size() / 2);
  for (std::size_t at = 0; at + 1 < parts.size(); at += 2) map.entries.emplace_back(parts[at], parts[at + 1]);
  push_new(std::move(map), span, deep);
}

void ExpressionBuilder::if_expression(Span span) {
  const Operand else_value = pop_operand();
  const ExpressionId then_value = pop();
  const ExpressionId condition = pop();
  const int deep = deepest({condition, then_value, else_value.id}) + 1;
  push_new(IfExpression{.condition = condition, .then_value = then_value, .else_value = else_value.id}, join(span, else_value.span), deep);
}

void ExpressionBuilder::match_arm(Span span) {
  const Operand value = pop_operand();
  const Span whole{.file = span.file, .begin = span.begin, .end = value.span.end};
  arms_.push_back({.patterns = pop_since(span.begin), .value = value.id, .span = whole});
}

void ExpressionBuilder::match_expression(Span span) {
  const std::size_t first = first_since(arms_, span.begin);
  const ExpressionId subject = pop();
  int deep = depth(subject);
  for (std::size_t at = first; at < arms_.size(); ++at) deep = std::max(deep, depth(arms_[at].value));
  MatchExpression match{.subject = subject, .arms = {arms_.begin() + static_cast<std::ptrdiff_t>(first), arms_.end()}};
  arms_.resize(first);
  push_new(std::move(match), span, deep + 1);
}

}  // namespace sdlrun::dsl
