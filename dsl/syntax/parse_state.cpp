#include "dsl/syntax/parse_state.hpp"

#include "dsl/diagnostics/backticks.hpp"
#include "dsl/syntax/seen_token.hpp"

namespace sdlrun::dsl {

ParseState::NestingGuard::NestingGuard(ParseState& state, std::uint32_t offset) : state_(state) {
  if (state.nesting >= nesting_limit) {
    state.errors.fail({.name = "nesting-too-deep",
                       .message = "more than " + std::to_string(nesting_limit) + " levels inside each other",
                       .span = state.span(offset, offset + 1),
                       .label = "too deep here",
                       .hint = "name parts of it with `let` or `type`"},
                      offset);
  }
  ++state.nesting;
}

void ParseState::stray_close(Span brace) {
  const std::uint32_t body = errors.open.back().begin;
  if (body_without_close == body) return;
  body_without_close = body;
  const SeenToken next = token_at(text, skip_gap(text, brace.begin + 1));
  errors.report({.name = "item-after-body",
                 .message = in_backticks(next.text) + " stands behind the `}` that closes its pipeline or stage",
                 .span = span(next.begin, next.end),
                 .label = "outside of the body",
                 .hint = "move it inside; if the `}` before it is one too many, remove that",
                 .related = {{.span = span(brace.begin, brace.begin + 1), .text = "the body ends here"}}});
}

void ParseState::missing_close(std::uint32_t offset, const Expectation& expectation) {
  const Enclosure body = errors.open.back();
  if (body_without_close == body.begin) return;
  const std::optional<std::uint32_t> suspect = suspected_open_brace(text, body.end);
  if (!suspect) return errors.report_unexpected(offset, expectation);
  errors.report({.name = "unclosed-brace",
                 .message = "this `{` is never closed",
                 .span = span(*suspect, *suspect + 1),
                 .label = "the indentation says that its `}` is missing",
                 .hint = "add the closing `}`"});
}

std::optional<std::uint32_t> ParseState::resume(Recovery where, std::uint32_t begin, std::size_t items_before,
                                                const SyntaxFailure& failure) {
  if (where == Recovery::open_brace) return brace_to_resume(text, failure.resume_from);
  expressions.clear();
  strings.clear();
  types.clear();
  declarations.forget_since(begin);
  const bool in_body = !errors.open.empty();
  if (in_body && declarations.item_count() == items_before) declarations.broken_item(begin);
  const Resumption resumption = next_line_to_resume(text, begin, failure, in_body);
  if (in_body && resumption.lost) body_without_close = errors.open.back().begin;
  return resumption.offset;
}

}  // namespace sdlrun::dsl
