#include "dsl/syntax/string_builder.hpp"

#include <algorithm>
#include <utility>

#include "dsl/diagnostics/backticks.hpp"
#include "dsl/syntax/string_literals.hpp"

namespace sdlrun::dsl {

void StringBuilder::raw_text(Span span) { pieces_.push_back({.kind = Kind::raw, .span = span, .escaped = {}}); }

void StringBuilder::escape(Span span) {
  const Span whole{.file = span.file, .begin = span.begin - 1, .end = span.end};
  std::string text = escape_text(source(span));
  if (text.empty()) {
    errors_.report({.name = "bad-escape",
                    .message = in_backticks(source(whole)) + " is no character that a string can hold",
                    .span = whole,
                    .label = "",
                    .hint = "`\\u{…}` takes the hexadecimal number of a Unicode character, 1 to 10ffff"});
  }
  pieces_.push_back({.kind = Kind::escape, .span = whole, .escaped = std::move(text)});
}

void StringBuilder::interpolation(Span span) {
  pieces_.push_back({.kind = Kind::expression, .span = span, .escaped = {}, .expression = expressions_.pop()});
}

std::size_t StringBuilder::first_piece(Span span) const {
  std::size_t first = pieces_.size();
  while (first > 0 && pieces_[first - 1].span.begin >= span.begin) --first;
  return first;
}

void StringBuilder::string(Span span) {
  const std::size_t first = first_piece(span);
  const bool is_plain = first == pieces_.size() || (first + 1 == pieces_.size() && pieces_[first].kind == Kind::raw);
  if (is_plain) {
    // Two quotes around what is to be read: most strings are this.
    pieces_.resize(first);
    return expressions_.literal(StringLiteral{std::string(source({.file = span.file, .begin = span.begin + 1, .end = span.end - 1}))}, span);
  }
  std::vector<std::string> texts;
  texts.reserve(pieces_.size() - first);
  for (std::size_t at = first; at < pieces_.size(); ++at) {
    Piece& piece = pieces_[at];
    texts.push_back(piece.kind == Kind::raw ? std::string(source(piece.span)) : std::move(piece.escaped));
  }
  finish(span, first, std::move(texts));
}

void StringBuilder::multi_line_string(Span span) {
  const std::size_t first = first_piece(span);
  constexpr std::uint32_t quotes = 3;
  // Between two pieces that are not raw there is an empty segment: what matters is where blanks end.
  std::vector<std::string_view> segments;
  for (std::size_t at = first; at < pieces_.size(); ++at) {
    if (pieces_[at].kind == Kind::raw) segments.push_back(source(pieces_[at].span));
  }
  if (!pieces_.empty() && pieces_.back().kind != Kind::raw) segments.emplace_back();
  const std::string_view indentation = common_indentation(segments);

  std::vector<std::string> texts;
  for (std::size_t at = first; at < pieces_.size(); ++at) {
    Piece& piece = pieces_[at];
    const SegmentPlace place{.first = piece.span.begin == span.begin + quotes, .last = piece.span.end + quotes == span.end};
    texts.push_back(piece.kind == Kind::raw ? without_indentation(source(piece.span), indentation, place)
                                            : std::move(piece.escaped));
  }
  finish(span, first, std::move(texts));
}

/// Joins neighbouring texts; without expressions between them the whole is a plain literal.
void StringBuilder::finish(Span span, std::size_t first, std::vector<std::string> texts) {
  Interpolation interpolation;
  std::string text;
  Span text_span = span;
  int depth = 1;
  const auto flush = [&] {
    if (!text.empty()) interpolation.parts.push_back(expressions_.add(StringLiteral{std::exchange(text, {})}, text_span));
    text.clear();
  };
  bool in_text = false;
  for (std::size_t at = first; at < pieces_.size(); ++at) {
    const Piece& piece = pieces_[at];
    if (piece.kind == Kind::expression) {
      flush();
      in_text = false;
      interpolation.parts.push_back(piece.expression);
      depth = std::max(depth, expressions_.depth(piece.expression) + 1);
      continue;
    }
    text_span = in_text ? join(text_span, piece.span) : piece.span;
    in_text = true;
    text += texts[at - first];
  }
  pieces_.resize(first);
  if (interpolation.parts.empty()) return expressions_.literal(StringLiteral{std::move(text)}, span);
  flush();
  expressions_.push(expressions_.add(std::move(interpolation), span, depth), span);
}

}  // namespace sdlrun::dsl
