#include "dsl/syntax/expression_formatter.hpp"

#include <algorithm>

#include "dsl/syntax/keywords.hpp"
#include "dsl/syntax/operators.hpp"
#include "dsl/syntax/overloaded.hpp"
#include "dsl/syntax/seen_token.hpp"

namespace sdlrun::dsl {

// ---- groups ---------------------------------------------------------------------------------------------------------

void ExpressionFormatter::group(const Brackets& brackets, Span span, const std::vector<Part>& parts) {
  if (page_.hopeless()) return;
  page_.write(brackets.open);
  if (parts.empty() && !page_.has_comment_between(span.begin, span.end)) return page_.write(brackets.close);
  const bool one_line = page_.source(span).find('\n') == std::string_view::npos;
  if (!one_line) page_.must_break();
  const auto print_flat = [&] {
    page_.write(brackets.padding);
    for (const Part& part : parts) {
      if (&part != parts.data()) page_.write(", ");
      part.print();
    }
    page_.write(brackets.padding);
    page_.write(brackets.close);
  };
  if ((one_line || page_.flat()) && page_.on_one_line(print_flat)) return;
  page_.end_line(span.begin + 1);
  {
    const Page::Indent indent(page_);
    for (const Part& part : parts) {
      page_.begin_line(part.span.begin, part.doc_lines);
      part.print();
      page_.write(brackets.separator);
      page_.end_line(part.span.end);
    }
    page_.flush_comments(span.end - 1);
  }
  page_.break_line();
  page_.write(brackets.close);
}

Span ExpressionFormatter::braces_behind(FileId file, std::uint32_t outer_end, std::uint32_t inner_end) const {
  const auto find = [&](std::uint32_t at, char brace) {
    while ((at = skip_gap(page_.source(), at)) < page_.source().size() && page_.source()[at] != brace) ++at;
    return at;
  };
  const std::uint32_t open = find(outer_end, '{');
  return {.file = file, .begin = open, .end = find(std::max(open + 1, inner_end), '}') + 1};
}

void ExpressionFormatter::comma_separated(const std::vector<ExpressionId>& ids) {
  for (std::size_t at = 0; at < ids.size(); ++at) {
    if (at > 0) page_.write(", ");
    expression(ids[at]);
  }
}

// ---- expressions ----------------------------------------------------------------------------------------------------

void ExpressionFormatter::expression(ExpressionId id) {
  if (!page_.hopeless()) node(module_[id]);
}

void ExpressionFormatter::node(const Expression& expression) {
  const Span span = expression.span;
  const auto as_written = [&](const auto&) { literal(span); };
  std::visit(overloaded{
                 [&](const InvalidExpression& node) { as_written(node); },
                 [&](const NoneLiteral& node) { as_written(node); },
                 [&](const BoolLiteral& node) { as_written(node); },
                 [&](const IntLiteral& node) { as_written(node); },
                 [&](const FloatLiteral& node) { as_written(node); },
                 [&](const DurationLiteral& node) { as_written(node); },
                 [&](const SizeLiteral& node) { as_written(node); },
                 [&](const StringLiteral&) { string(span, nullptr); },
                 [&](const Interpolation& node) { string(span, &node); },
                 [&](const Reference& node) { page_.write(node.name.text); },
                 [&](const Member& node) {
                   postfix_object(node.object);
                   page_.write(".");
                   page_.write(node.member.text);
                 },
                 [&](const Index& node) {
                   postfix_object(node.object);
                   page_.write("[");
                   comma_separated(node.indices);
                   page_.write("]");
                 },
                 [&](const IndexAll& node) {
                   postfix_object(node.object);
                   page_.write("[*]");
                 },
                 [&](const Call& node) { call(node, span); },
                 [&](const Unary& node) { unary(node); },
                 [&](const Binary& node) { binary(node); },
                 [&](const IfExpression& node) { if_expression(node); },
                 [&](const MatchExpression& node) { match(node, span); },
                 [&](const ListLiteral& node) { list(node, span); },
                 [&](const MapLiteral& node) { map(node, span); },
                 [&](const RecordLiteral& node) { record(node, span); },
                 [&](const Comprehension& node) { comprehension(node, span); },
             },
             expression.node);
}

/// Numbers keep their spelling; a sign moves next to its number.
void ExpressionFormatter::literal(Span span) {
  const std::string_view text = page_.source(span);
  if (!text.starts_with('-')) return page_.write(text);
  const std::uint32_t digits = skip_gap(page_.source(), span.begin + 1);
  page_.write("-");
  page_.write(page_.source({.file = span.file, .begin = digits, .end = span.end}));
}

bool ExpressionFormatter::is_signed(ExpressionId id) const {
  const Expression& expression = module_[id];
  const bool is_number = std::holds_alternative<IntLiteral>(expression.node) || std::holds_alternative<FloatLiteral>(expression.node);
  return is_number && page_.source()[expression.span.begin] == '-';
}

int ExpressionFormatter::binding_of(ExpressionId id) const {
  const ExpressionNode& node = module_[id].node;
  if (const auto* const binary = std::get_if<Binary>(&node)) return operator_info(binary->operation).binding;
  if (const auto* const unary = std::get_if<Unary>(&node)) {
    return unary->operation == UnaryOperator::logical_not ? not_binding : negate_binding;
  }
  if (std::holds_alternative<IfExpression>(node)) return loosest_binding;
  return is_signed(id) ? negate_binding : tightest_binding;
}

/// In parentheses where it binds less tight than its place asks for.
void ExpressionFormatter::operand(ExpressionId id, int binding) {
  const bool enclosed = binding_of(id) < binding;
  if (enclosed) page_.write("(");
  expression(id);
  if (enclosed) page_.write(")");
}

void ExpressionFormatter::postfix_object(ExpressionId id) { operand(id, tightest_binding); }

void ExpressionFormatter::unary(const Unary& unary) {
  if (unary.operation == UnaryOperator::logical_not) {
    page_.write("not ");
    return operand(unary.operand, not_binding);
  }
  // `-5` is one literal: a minus before a number of its own needs the parentheses that it was written with.
  const ExpressionNode& inner = module_[unary.operand].node;
  const bool is_number = std::holds_alternative<IntLiteral>(inner) || std::holds_alternative<FloatLiteral>(inner);
  page_.write("-");
  operand(unary.operand, is_number && !is_signed(unary.operand) ? tightest_binding + 1 : negate_binding);
}

void ExpressionFormatter::binary(const Binary& binary) {
  const int binding = operator_info(binary.operation).binding;
  // What binds as tight on the left stands on the same level: `a + b - c`.
  std::vector<const Binary*> chain = {&binary};
  while (binding != comparison_binding && binding_of(chain.back()->left) == binding) {
    const auto* const left = std::get_if<Binary>(&module_[chain.back()->left].node);
    if (left == nullptr) break;
    chain.push_back(left);
  }
  std::reverse(chain.begin(), chain.end());
  const auto print = [&](bool on_lines) {
    operand(chain.front()->left, binding + 1);
    for (const Binary* const link : chain) {
      page_.write(" ");
      page_.write(operator_info(link->operation).text);
      on_lines ? page_.break_line() : page_.write(" ");
      operand(link->right, binding + 1);
    }
  };
  if (page_.on_one_line([&] { print(false); })) return;
  const Page::Indent indent(page_);
  print(true);
}

void ExpressionFormatter::if_expression(const IfExpression& first) {
  const auto print = [&](bool on_lines) {
    const auto next = [&] { on_lines ? page_.break_line() : page_.write(" "); };
    const IfExpression* choice = &first;
    while (choice != nullptr) {
      page_.write("if ");
      expression(choice->condition);
      next();
      page_.write("then ");
      expression(choice->then_value);
      next();
      page_.write("else ");
      const ExpressionId otherwise = choice->else_value;
      choice = std::get_if<IfExpression>(&module_[otherwise].node);
      if (choice == nullptr) expression(otherwise);
    }
  };
  if (page_.on_one_line([&] { print(false); })) return;
  const Page::Indent indent(page_);
  print(true);
}

void ExpressionFormatter::pattern_list(const std::vector<ExpressionId>& patterns) {
  if (patterns.empty()) page_.write("_");
  comma_separated(patterns);
  page_.write(" => ");
}

void ExpressionFormatter::match(const MatchExpression& match, Span span) {
  page_.write("match ");
  expression(match.subject);
  page_.write(" ");
  std::vector<Part> parts;
  for (const MatchExpressionArm& arm : match.arms) {
    parts.push_back({arm.span, [this, &arm] {
                       pattern_list(arm.patterns);
                       expression(arm.value);
                     }});
  }
  const std::uint32_t open = braces_behind(span.file, end_of(match.subject), span.end - 1).begin;
  group(braces, {.file = span.file, .begin = open, .end = span.end}, parts);
}

void ExpressionFormatter::list(const ListLiteral& list, Span span) {
  std::vector<Part> parts;
  parts.reserve(list.elements.size());
  for (const ExpressionId id : list.elements) parts.push_back({module_[id].span, [this, id] { expression(id); }});
  group(square, span, parts);
}

void ExpressionFormatter::call(const Call& call, Span span) {
  page_.write(call.function.text);
  const auto print_flat = [&] {
    page_.write("(");
    comma_separated(call.arguments);
    page_.write(")");
  };
  if (page_.on_one_line(print_flat)) return;
  // A single argument brings its own lines.
  if (call.arguments.size() == 1) return print_flat();
  std::vector<Part> parts;
  for (const ExpressionId id : call.arguments) parts.push_back({module_[id].span, [this, id] { expression(id); }});
  group(round, {.file = span.file, .begin = call.function.span.end, .end = span.end}, parts);
}

void ExpressionFormatter::comprehension(const Comprehension& comprehension, Span span) {
  const auto print = [&](bool on_lines) {
    const auto next = [&](ExpressionId part) { on_lines ? page_.begin_line(module_[part].span.begin) : page_.write(" "); };
    page_.write("[");
    {
      const Page::Indent indent(page_);
      if (on_lines) page_.begin_line(module_[comprehension.element].span.begin);
      expression(comprehension.element);
      next(comprehension.source);
      page_.write("for ");
      page_.write(comprehension.variable.text);
      page_.write(" in ");
      expression(comprehension.source);
      if (comprehension.condition) {
        next(*comprehension.condition);
        page_.write("if ");
        expression(*comprehension.condition);
      }
      if (on_lines) page_.flush_comments(span.end - 1);
    }
    if (on_lines) page_.break_line();
    page_.write("]");
  };
  if (page_.has_comment_between(span.begin, span.end)) {
    page_.must_break();
    if (page_.flat()) return;
  } else if (page_.on_one_line([&] { print(false); })) {
    return;
  }
  print(true);
}

void ExpressionFormatter::map(const MapLiteral& map, Span span) {
  std::vector<Part> parts;
  parts.reserve(map.entries.size());
  for (const auto& [key, value] : map.entries) {
    parts.push_back({join(module_[key].span, module_[value].span), [this, key = key, value = value] {
                       expression(key);
                       page_.write(": ");
                       expression(value);
                     }});
  }
  group(braces, span, parts);
}

void ExpressionFormatter::record(const RecordLiteral& record, Span span) {
  std::vector<Part> parts;
  parts.reserve(record.fields.size());
  for (const RecordLiteralField& field : record.fields) {
    parts.push_back({join(field.name.span, module_[field.value].span), [this, &field] {
                       page_.write(field.name.text);
                       page_.write(": ");
                       expression(field.value);
                     }});
  }
  group(braces, span, parts);
}

}  // namespace sdlrun::dsl
