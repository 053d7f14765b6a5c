// Expressions, types and the bracketed groups they share, in canonical form.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "dsl/syntax/page.hpp"
#include "dsl/syntax/tree.hpp"

namespace sdlrun::dsl {

class ExpressionFormatter {
 public:
  ExpressionFormatter(Page& page, const Module& module) : page_(page), module_(module) {}

  void expression(ExpressionId id);
  void type(TypeExpressionId id);
  void pattern_list(const std::vector<ExpressionId>& patterns);
  void comma_separated(const std::vector<ExpressionId>& ids);

  /// One element of a bracketed group.
  struct Part {
    Span span;
    std::function<void()> print;
    std::size_t doc_lines = 0;
  };
  struct Brackets {
    std::string_view open;
    std::string_view close;
    std::string_view padding;    // inside the brackets, on one line
    std::string_view separator;  // at the end of each line, where there are several
  };
  static constexpr Brackets braces = {"{", "}", " ", ""};
  static constexpr Brackets square = {"[", "]", "", ","};
  static constexpr Brackets round = {"(", ")", "", ","};

  /// On one line if it was written so and fits, else a line for each part. The span covers the brackets.
  void group(const Brackets& brackets, Span span, const std::vector<Part>& parts);
  /// The braces that stand behind what ends at one offset, and hold what ends at another.
  Span braces_behind(FileId file, std::uint32_t outer_end, std::uint32_t inner_end) const;

  std::uint32_t end_of(ExpressionId id) const { return module_[id].span.end; }

 private:
  void node(const Expression& expression);
  void operand(ExpressionId id, int binding);
  void postfix_object(ExpressionId id);
  void literal(Span span);
  void string(Span span, const Interpolation* parts);
  void multi_line_string(std::string_view text);
  void unary(const Unary& unary);
  void binary(const Binary& binary);
  void if_expression(const IfExpression& first);
  void match(const MatchExpression& match, Span span);
  void list(const ListLiteral& list, Span span);
  void call(const Call& call, Span span);
  void comprehension(const Comprehension& comprehension, Span span);
  void map(const MapLiteral& map, Span span);
  void record(const RecordLiteral& record, Span span);
  int binding_of(ExpressionId id) const;
  bool is_signed(ExpressionId id) const;

  void named_type(const NamedTypeExpression& type);
  void record_type(const RecordTypeExpression& type, Span span);

  Page& page_;
  const Module& module_;
};

}  // namespace sdlrun::dsl
