// Strings in canonical form: they keep their spelling; multi-line ones move with the line that holds them.
#include <algorithm>

#include "dsl/syntax/expression_formatter.hpp"
#include "dsl/syntax/string_literals.hpp"

namespace sdlrun::dsl {

namespace {

constexpr std::size_t mark_length = 3;

bool is_multi_line_string(std::string_view text) {
  const bool marked = text.starts_with("\"\"\"") || text.starts_with("'''");
  return marked && text.size() >= 2 * mark_length;
}

bool has_lines(std::string_view text) { return text.find('\n') != std::string_view::npos; }

}  // namespace

void ExpressionFormatter::string(Span span, const Interpolation* parts) {
  const std::string_view text = page_.source(span);
  if (has_lines(text)) page_.must_break();
  if (parts == nullptr) return is_multi_line_string(text) && has_lines(text) ? multi_line_string(text) : page_.write(text);

  const bool lines_inside = std::any_of(parts->parts.begin(), parts->parts.end(), [&](ExpressionId part) {
    const Expression& expression = module_[part];
    return !std::holds_alternative<StringLiteral>(expression.node) && has_lines(page_.source(expression.span));
  });
  const bool commented = page_.has_comment_between(span.begin, span.end);
  if (is_multi_line_string(text) && has_lines(text) && !lines_inside && !commented) return multi_line_string(text);
  if (has_lines(text)) {
    // An expression over several lines inside a string is left as it was written.
    page_.skip_comments(span.end);
  }
  page_.write(text);
}

/// The lines stand two columns to the right of the line that begins the string, the closing quotes under that line.
void ExpressionFormatter::multi_line_string(std::string_view text) {
  const std::string_view mark = text.substr(0, mark_length);
  const std::string_view content = text.substr(mark_length, text.size() - 2 * mark_length);
  const std::string indentation(common_indentation({content}));
  const std::size_t first_end = content.find('\n');
  const std::string_view first_line = content.substr(0, first_end);
  const bool first_is_blank = first_line.find_first_not_of(" \t\r") == std::string_view::npos;
  std::string body = without_indentation(content, indentation, {.first = true, .last = true});

  page_.write(mark);
  const std::string margin(page_.indentation() + 2, ' ');
  bool indents = first_is_blank;
  if (first_is_blank) page_.write("\n");
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('\n'), body.size() - 1) + 1;
    const std::string line = body.substr(0, end);
    if (indents && line != "\n") page_.write(margin);
    page_.write(line);
    indents = true;
    body.erase(0, end);
  }
  const std::size_t last_line = content.rfind('\n') + 1;
  const bool closes_alone = content.find_first_not_of(" \t\r", last_line) == std::string_view::npos;
  if (closes_alone) page_.write(std::string(page_.indentation(), ' '));
  page_.write(mark);
}

}  // namespace sdlrun::dsl
