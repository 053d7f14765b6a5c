// Type expressions, built bottom up like expressions.
#pragma once

#include <string_view>
#include <vector>

#include "dsl/syntax/expression_builder.hpp"

namespace sdlrun::dsl {

class TypeBuilder {
 public:
  struct Entry {
    TypeExpressionId id;
    Span span;  // with the parentheses around it
  };

  TypeBuilder(Module& module, ExpressionBuilder& expressions, std::string_view text)
      : module_(module), expressions_(expressions), text_(text) {}

  /// `a.b`; a range behind it is added by range().
  void named(Span path);
  /// `(low..high)`; `dots` is where the `..` stands.
  void range(Span parentheses);
  void remember_dots(Span dots) { dots_ = dots; }
  void enumeration(Span span);
  void list(Span span);
  /// `{string: T}` or a record, told apart by the names of fields.
  void braces(Span span);
  void remember_field(Span name);
  void optional(Span mark);
  void secret(Span span);
  void parentheses(Span span);
  /// All types that begin in the span, joined by `|`.
  void fold_union(Span span);

  TypeExpressionId pop() { return pop_entry().id; }
  Entry pop_entry();
  std::optional<Entry> pop_if_since(std::uint32_t begin);
  void clear();

 private:
  void push(TypeExpressionNode node, Span span);
  void map(Span span);
  void record(Span span);
  std::vector<Entry> pop_since(std::uint32_t begin);

  Module& module_;
  ExpressionBuilder& expressions_;
  std::string_view text_;
  std::vector<Entry> types_;
  std::vector<Name> fields_;
  std::vector<Name> path_;
  Span dots_;
};

}  // namespace sdlrun::dsl
