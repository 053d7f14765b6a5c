// String literals, built from their pieces: raw text, escapes and interpolated expressions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dsl/syntax/expression_builder.hpp"

namespace sdlrun::dsl {

class StringBuilder {
 public:
  StringBuilder(ExpressionBuilder& expressions, SyntaxErrors& errors, std::string_view text)
      : expressions_(expressions), errors_(errors), text_(text) {}

  void raw_text(Span span);
  /// What stands behind the backslash.
  void escape(Span span);
  /// Takes the value on top of the expressions.
  void interpolation(Span span);

  /// A string is complete; its pieces become one expression.
  void string(Span span);
  /// The same for `"""` and `'''`, whose indentation is removed.
  void multi_line_string(Span span);

  void clear() { pieces_.clear(); }

 private:
  enum class Kind { raw, escape, expression };
  struct Piece {
    Kind kind = Kind::raw;
    Span span;
    std::string escaped;
    ExpressionId expression{};
  };

  std::size_t first_piece(Span span) const;
  std::string_view source(Span span) const { return text_.substr(span.begin, span.end - span.begin); }
  void finish(Span span, std::size_t first, std::vector<std::string> texts);

  ExpressionBuilder& expressions_;
  SyntaxErrors& errors_;
  std::string_view text_;
  std::vector<Piece> pieces_;
};

}  // namespace sdlrun::dsl
