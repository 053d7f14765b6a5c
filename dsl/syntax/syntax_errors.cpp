#include "dsl/syntax/syntax_errors.hpp"

#include <algorithm>

#include "dsl/diagnostics/backticks.hpp"
#include "dsl/syntax/keywords.hpp"
#include "dsl/syntax/seen_token.hpp"
#include "dsl/syntax/typical_mistakes.hpp"

namespace sdlrun::dsl {

namespace {

constexpr std::size_t most_errors = 100;

char closing_of(std::string_view opening) {
  switch (opening.back()) {
    case '{':
      return '}';
    case '[':
      return ']';
    case '(':
      return ')';
    case '<':
      return '>';
    default:
      return opening.back();
  }
}

std::string_view unclosed_name(const Enclosure& enclosure, std::string_view opening) {
  if (enclosure.kind == EnclosureKind::text) return "unterminated-string";
  if (opening == "[") return "unclosed-bracket";
  return opening == "(" || opening == "<" ? "unclosed-parenthesis" : "unclosed-brace";
}

bool is_closing(std::string_view token) { return token == ")" || token == "]" || token == "}"; }

/// `name =` at the begin of a line: an entry of the block around, not an element of the list.
bool begins_entry(std::string_view text, const SeenToken& seen) {
  if (seen.kind != TokenKind::word || !begins_line(text, seen.begin)) return false;
  const SeenToken next = token_at(text, skip_gap(text, seen.end));
  return next.text == "=";
}

}  // namespace

void SyntaxErrors::report(Diagnostic diagnostic) {
  // One mistake, one error: what the grammar cannot take here was told of before, when the text was looked over.
  if (!told_.insert(diagnostic.span.begin).second) return;
  if (++count_ > most_errors) {
    diagnostics_.add({.name = "too-many-errors",
                      .message = "more than " + std::to_string(most_errors) + " syntax errors; the rest is not shown",
                      .span = diagnostic.span,
                      .label = "",
                      .hint = "is this a .sdl file?"});
    throw TooManyErrors{};
  }
  diagnostics_.add(std::move(diagnostic));
}

void SyntaxErrors::give_up(std::uint32_t resume_from) const {
  const auto after = std::find_if(open.begin(), open.end(), [&](const Enclosure& e) { return e.begin >= resume_from; });
  const auto is_body = [](const Enclosure& e) { return e.kind == EnclosureKind::body; };
  const auto body = std::find_if(std::make_reverse_iterator(after), open.rend(), is_body);
  const auto braces = std::count_if(body.base(), after, [](const Enclosure& e) { return e.kind == EnclosureKind::block; });
  throw SyntaxFailure{.resume_from = resume_from, .open_braces = static_cast<int>(braces)};
}

/// Where to go on reading: what cannot stand in a string does not end it, so behind a wrong escape all of the string is passed over.
std::uint32_t SyntaxErrors::resume_from(std::uint32_t offset, const Expectation& expectation) const {
  const auto is_text = [](const Enclosure& e) { return e.kind == EnclosureKind::text; };
  const auto text = std::find_if(open.begin(), open.end(), is_text);
  if (text == open.end()) return offset;
  if (expectation.kind == ExpectedKind::escape) return text->begin;
  // A string of several lines that is never closed reaches to the end: what stands behind its opening is read again.
  constexpr std::uint32_t mark_of_lines = 3;
  const Enclosure& innermost = open.back();
  const bool in_lines = is_text(innermost) && innermost.end - innermost.begin == mark_of_lines && offset == text_.size();
  return in_lines ? innermost.end : offset;
}

void SyntaxErrors::fail(Diagnostic diagnostic, std::uint32_t resume_from) {
  report(std::move(diagnostic));
  give_up(resume_from);
}

void SyntaxErrors::unexpected(std::uint32_t offset, const Expectation& expectation) {
  report_unexpected(offset, expectation);
  give_up(resume_from(offset, expectation));
}

void SyntaxErrors::report_unexpected(std::uint32_t offset, const Expectation& expectation) {
  if (const Enclosure* const enclosure = unclosed_at(offset, expectation)) {
    report(unclosed(*enclosure, offset));
  } else {
    report(describe(offset, expectation));
  }
}

/// The innermost delimiter, if what was seen shows that it was forgotten to close it.
const Enclosure* SyntaxErrors::unclosed_at(std::uint32_t offset, const Expectation& expectation) const {
  if (open.empty() || expectation.kind == ExpectedKind::escape) return nullptr;
  const Enclosure& innermost = open.back();
  if (innermost.kind == EnclosureKind::text) return &innermost;
  const SeenToken seen = token_at(text_, offset);
  if (seen.kind == TokenKind::file_end) return &innermost;
  if (innermost.kind == EnclosureKind::body) return nullptr;
  if (begins_line(text_, offset) && begins_item(text_, offset)) return &innermost;
  const auto closes = [&](const Enclosure& e) {
    return e.kind != EnclosureKind::text && seen.text.front() == closing_of(text_.substr(e.begin, e.end - e.begin));
  };
  if (is_closing(seen.text)) {
    const bool belongs_outside = !closes(innermost) && std::any_of(open.begin(), open.end() - 1, closes);
    return belongs_outside ? &innermost : nullptr;
  }
  const bool in_interpolation = innermost.end - innermost.begin == 2;
  if (in_interpolation && seen.kind == TokenKind::quote) return &innermost;
  return innermost.kind == EnclosureKind::list && begins_entry(text_, seen) ? &innermost : nullptr;
}

Diagnostic SyntaxErrors::unclosed(const Enclosure& enclosure, std::uint32_t seen) const {
  const std::string_view opening = text_.substr(enclosure.begin, enclosure.end - enclosure.begin);
  const bool is_text = enclosure.kind == EnclosureKind::text;
  const std::string closing = is_text ? std::string(opening) : std::string(1, closing_of(opening));
  Diagnostic diagnostic{.name = unclosed_name(enclosure, opening),
                        .message = is_text ? "this string is never closed" : "this " + in_backticks(opening) + " is never closed",
                        .span = span(enclosure.begin, enclosure.end),
                        .label = "opened here",
                        .hint = "add the closing " + in_backticks(closing)};
  if (opening == "\"") diagnostic.hint = "close it with `\"` on the same line; text of several lines stands in `\"\"\"`";
  const SeenToken token = token_at(text_, seen);
  if (!is_text && token.kind != TokenKind::file_end) {
    diagnostic.related.push_back({.span = span(token.begin, token.end), .text = described(token) + " cannot stand inside"});
  }
  return diagnostic;
}

/// What to speak of: where the text or the line ends too early, that end and not what comes far behind it.
SeenToken SyntaxErrors::seen_at(std::uint32_t offset) const {
  const SeenToken seen = token_at(text_, offset);
  const bool next_item = begins_line(text_, offset) && begins_item(text_, offset);
  if (seen.kind != TokenKind::file_end && !next_item) return seen;
  std::uint32_t end = offset;
  while (end > 0 && (is_blank(text_[end - 1]) || text_[end - 1] == '\n')) --end;
  return {.kind = next_item ? TokenKind::line_end : TokenKind::file_end, .begin = end, .end = end, .text = {}};
}

Diagnostic SyntaxErrors::describe(std::uint32_t offset, const Expectation& expectation) const {
  const bool at_item = expectation.kind == ExpectedKind::item || expectation.kind == ExpectedKind::declaration;
  const SeenToken seen = at_item ? token_at(text_, offset) : seen_at(offset);
  const Situation situation{.text = text_,
                            .seen = seen,
                            .expectation = expectation,
                            .enclosing = open.empty() ? '\0' : text_[open.back().end - 1]};
  if (std::optional<Mistake> mistake = typical_mistake(situation)) {
    return {.name = mistake->name,
            .message = std::move(mistake->message),
            .span = span(mistake->begin.value_or(seen.begin), mistake->end.value_or(seen.end)),
            .label = std::move(mistake->label),
            .hint = std::move(mistake->hint)};
  }
  const std::string what(expectation.what);
  const bool is_interpolated = situation.enclosing == '{' && !open.empty() && text_[open.back().begin] == '$';
  return {.name = "unexpected-token",
          .message = "found " + described(seen) + " where " + what + " is expected",
          .span = span(seen.begin, seen.end),
          .label = "expected " + what,
          .hint = is_interpolated ? "`${` begins a value of this language; a script with a shell's `${…}` stands in '''…'''" : ""};
}

}  // namespace sdlrun::dsl
