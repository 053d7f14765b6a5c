// What a parse carries along: the errors, the tree so far, and the builders' stacks.
#pragma once

#include <optional>

#include "dsl/syntax/declaration_builder.hpp"
#include "dsl/syntax/expression_builder.hpp"
#include "dsl/syntax/recovery.hpp"
#include "dsl/syntax/string_builder.hpp"
#include "dsl/syntax/syntax_errors.hpp"
#include "dsl/syntax/type_builder.hpp"

namespace sdlrun::dsl {

struct ParseState {
  ParseState(const SourceFile& source, FileId id, Diagnostics& diagnostics)
      : text(source.text()), file(id), errors(text, id, diagnostics), module(id) {}
  ParseState(const ParseState&) = delete;
  ParseState& operator=(const ParseState&) = delete;

  Span span(std::size_t begin, std::size_t end) const {
    return {.file = file, .begin = static_cast<std::uint32_t>(begin), .end = static_cast<std::uint32_t>(end)};
  }

  /// Lookahead reads some comments twice; each is kept once.
  void comment(Span comment_span) {
    if (module.comments.empty() || module.comments.back().span.begin < comment_span.begin) module.comments.push_back({comment_span});
  }

  /// A `}` that does not close its body. The real one may be missing then; it is not asked for.
  void stray_close(Span brace);
  void missing_close(std::uint32_t offset, const Expectation& expectation);

  /// What is already complete, to tell what an abandoned item has left.
  std::size_t item_count() const { return declarations.item_count(); }
  /// After an error: clears up and says where to go on; nothing where it cannot go on here.
  std::optional<std::uint32_t> resume(Recovery where, std::uint32_t begin, std::size_t items_before, const SyntaxFailure& failure);

  /// Counts how deep expressions and types stand inside each other.
  class NestingGuard {
   public:
    NestingGuard(ParseState& state, std::uint32_t offset);
    ~NestingGuard() { --state_.nesting; }
    NestingGuard(const NestingGuard&) = delete;
    NestingGuard& operator=(const NestingGuard&) = delete;

   private:
    ParseState& state_;
  };

  std::string_view text;
  FileId file;
  SyntaxErrors errors;
  Module module;
  ExpressionBuilder expressions{module, errors, text};
  StringBuilder strings{expressions, errors, text};
  TypeBuilder types{module, expressions, text};
  DeclarationBuilder declarations{module, expressions, types, errors, text};
  int nesting = 0;
  /// Where the body begins whose closing brace is not asked for, since another error has to do with it.
  std::optional<std::uint32_t> body_without_close;
  /// Whether new lines separate outside of all brackets: in files, not in a lone type or expression.
  bool lines_count = true;
};

}  // namespace sdlrun::dsl
