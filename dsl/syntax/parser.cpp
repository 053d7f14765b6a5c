// The only translation unit that knows PEGTL.
#include "dsl/syntax/parser.hpp"

#include <limits>

#include "dsl/syntax/build_actions.hpp"
#include "dsl/syntax/character_check.hpp"
#include "dsl/syntax/grammar.hpp"
#include "dsl/syntax/grammar_messages.hpp"
#include "dsl/syntax/parse_state.hpp"

namespace sdlrun::dsl {

namespace {

/// True if the whole text is one `Rule`. All errors are in the state's diagnostics, and no exception leaves.
template <typename Rule>
bool parse_text(ParseState& state) {
  using Input = tao::pegtl::memory_input<tao::pegtl::tracking_mode::lazy, tao::pegtl::eol::lf, const char*>;
  if (state.text.size() >= std::numeric_limits<std::uint32_t>::max()) {
    state.errors.report({.name = "file-too-large", .message = "the text has 4 GiB or more", .span = state.span(0, 0), .label = "", .hint = ""});
    return false;
  }
  try {
    check_characters(state.text, state.errors);
    Input in(state.text.data(), state.text.data() + state.text.size(), "");
    return tao::pegtl::parse<Rule, grammar::action, grammar::control>(in, state);
  } catch (const SyntaxFailure&) {
    return false;
  } catch (const TooManyErrors&) {
    return false;
  }
}

}  // namespace

Module parse_module(const Sources& sources, FileId file, Diagnostics& diagnostics) {
  ParseState state(sources.file(file), file, diagnostics);
  constexpr std::size_t bytes_an_expression = 12;  // of usual text
  state.module.reserve(state.text.size() / bytes_an_expression);
  parse_text<grammar::module>(state);
  return std::move(state.module);
}

std::optional<ParsedType> parse_type(const Sources& sources, FileId file, Diagnostics& diagnostics) {
  ParseState state(sources.file(file), file, diagnostics);
  state.lines_count = false;
  if (!parse_text<grammar::lone_type>(state) || state.errors.any()) return std::nullopt;
  const TypeExpressionId type = state.types.pop();
  return ParsedType{std::move(state.module), type};
}

std::optional<ParsedExpression> parse_expression(const Sources& sources, FileId file, Diagnostics& diagnostics) {
  ParseState state(sources.file(file), file, diagnostics);
  state.lines_count = false;
  if (!parse_text<grammar::lone_expression>(state) || state.errors.any()) return std::nullopt;
  const ExpressionId expression = state.expressions.pop();
  return ParsedExpression{std::move(state.module), expression};
}

}  // namespace sdlrun::dsl
