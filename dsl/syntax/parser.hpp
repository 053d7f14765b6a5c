// The parser's front door: text in, tree and diagnostics out. The grammar (PEGTL) stays behind it, in one translation
// unit, and so do PEGTL's exceptions.
#pragma once

#include <optional>

#include "dsl/diagnostics/diagnostic.hpp"
#include "dsl/source/source.hpp"
#include "dsl/syntax/tree.hpp"

namespace sdlrun::dsl {

/// Parses a file. Every independent syntax error is reported; after one, parsing goes on at the next declaration, so
/// the tree holds what could be understood.
Module parse_module(const Sources& sources, FileId file, Diagnostics& diagnostics);

/// A type or an expression alone, as stage schemas and `name=value` on the command line hold them.
struct ParsedType {
  Module module;
  TypeExpressionId type;
};
struct ParsedExpression {
  Module module;
  ExpressionId expression;
};
/// Nothing where the text is not one whole type (or expression); `diagnostics` then says why.
std::optional<ParsedType> parse_type(const Sources& sources, FileId file, Diagnostics& diagnostics);
std::optional<ParsedExpression> parse_expression(const Sources& sources, FileId file, Diagnostics& diagnostics);

/// True for the reserved words of the language, which cannot be names.
bool is_keyword(std::string_view word);

}  // namespace sdlrun::dsl
