// Syntax errors, from the place where the grammar stopped to a diagnostic that teaches.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/diagnostics/diagnostic.hpp"
#include "dsl/source/source.hpp"
#include "dsl/syntax/seen_token.hpp"

namespace sdlrun::dsl {

/// What new lines mean between two delimiters, and what kind of thing these hold.
enum class EnclosureKind {
  list,   // () [] <> ${}: new lines mean nothing
  block,  // {}: new lines separate
  body,   // the {} of a pipeline or stage
  text    // quotes
};

/// A delimiter that was opened and is not closed yet.
struct Enclosure {
  EnclosureKind kind = EnclosureKind::list;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

/// The kinds of places where the grammar can stop, as far as messages tell them apart.
enum class ExpectedKind {
  value, name, member, type, equals, colon, arrow, item, declaration, stage, stage_block, block, header_end, then_word, else_word,
  in_word, separator, closing, item_end, text, escape, pattern, range,
};

struct Expectation {
  ExpectedKind kind = ExpectedKind::value;
  std::string_view what;  // "a value": behind "expected"
};

/// Thrown where an item cannot be understood, after its error was reported; recovery catches it.
struct SyntaxFailure {
  std::uint32_t resume_from = 0;
  /// How many `{` of the item were open.
  int open_braces = 0;
};

/// Thrown when a text has more errors than anybody reads; it ends the parse.
struct TooManyErrors {};

class SyntaxErrors {
 public:
  SyntaxErrors(std::string_view text, FileId file, Diagnostics& diagnostics)
      : text_(text), file_(file), diagnostics_(diagnostics) {}

  Span span(std::uint32_t begin, std::uint32_t end) const { return {.file = file_, .begin = begin, .end = end}; }

  /// Reports and lets the parser go on.
  void report(Diagnostic diagnostic);
  /// Reports and gives the item up; `resume_from` is how far the text is read.
  [[noreturn]] void fail(Diagnostic diagnostic, std::uint32_t resume_from);
  /// The grammar needs something that does not stand at this offset.
  [[noreturn]] void unexpected(std::uint32_t offset, const Expectation& expectation);
  /// The same, without giving up.
  void report_unexpected(std::uint32_t offset, const Expectation& expectation);

  bool any() const { return count_ > 0; }

  /// The delimiters around the place where the parser is, outermost first.
  std::vector<Enclosure> open;

 private:
  Diagnostic unclosed(const Enclosure& enclosure, std::uint32_t seen) const;
  const Enclosure* unclosed_at(std::uint32_t offset, const Expectation& expectation) const;
  SeenToken seen_at(std::uint32_t offset) const;
  Diagnostic describe(std::uint32_t offset, const Expectation& expectation) const;
  std::uint32_t resume_from(std::uint32_t offset, const Expectation& expectation) const;
  [[noreturn]] void give_up(std::uint32_t resume_from) const;

  std::string_view text_;
  FileId file_;
  Diagnostics& diagnostics_;
  std::size_t count_ = 0;
  std::set<std::uint32_t> told_;  // where errors begin
};

}  // namespace sdlrun::dsl
