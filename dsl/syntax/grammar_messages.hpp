// What a message calls each rule that must match: one line a rule. A rule without a line here does not compile where it
// is asked for by must<>.
#pragma once

#include "dsl/syntax/grammar.hpp"
#include "dsl/syntax/syntax_errors.hpp"

namespace sdlrun::dsl::grammar {

template <typename Rule>
inline constexpr Expectation expectation = {};

// values
template <> inline constexpr Expectation expectation<expression> = {ExpectedKind::value, "a value"};
template <> inline constexpr Expectation expectation<operand> = {ExpectedKind::value, "a value"};
template <> inline constexpr Expectation expectation<value> = {ExpectedKind::value, "a value"};
template <> inline constexpr Expectation expectation<variable> = {ExpectedKind::name, "the name of a variable"};
template <> inline constexpr Expectation expectation<member_name> = {ExpectedKind::member, "the name of a member"};
template <> inline constexpr Expectation expectation<key_in> = {ExpectedKind::in_word, "`in`"};
template <> inline constexpr Expectation expectation<then_word> = {ExpectedKind::then_word, "`then`"};
template <> inline constexpr Expectation expectation<else_word> = {ExpectedKind::else_word, "`else`"};
template <> inline constexpr Expectation expectation<match_begin> = {ExpectedKind::block, "`{` with the arms of the `match`"};
template <> inline constexpr Expectation expectation<arrow> = {ExpectedKind::arrow, "`=>`"};
template <> inline constexpr Expectation expectation<pattern> = {ExpectedKind::pattern, "a literal or `_`"};
template <> inline constexpr Expectation expectation<escape_code> = {ExpectedKind::escape, "an escape"};
template <> inline constexpr Expectation expectation<string> = {ExpectedKind::text, "a string"};

// types
template <> inline constexpr Expectation expectation<type_expression> = {ExpectedKind::type, "a type"};
template <> inline constexpr Expectation expectation<optional_type> = {ExpectedKind::type, "a type"};
template <> inline constexpr Expectation expectation<type_member> = {ExpectedKind::member, "the second name of the type"};
template <> inline constexpr Expectation expectation<range_dots> = {ExpectedKind::range, "a range such as `1..10`"};
template <> inline constexpr Expectation expectation<secret_content> = {ExpectedKind::type, "`<` and the type of the secret"};

// between names and values
template <> inline constexpr Expectation expectation<equals> = {ExpectedKind::equals, "`=`"};
template <> inline constexpr Expectation expectation<value_part> = {ExpectedKind::equals, "`=` and a value"};
template <> inline constexpr Expectation expectation<colon> = {ExpectedKind::colon, "`:`"};
template <> inline constexpr Expectation expectation<type_annotation> = {ExpectedKind::colon, "`:` and a type"};

// steps
template <> inline constexpr Expectation expectation<step_body> = {ExpectedKind::stage, "a stage"};
template <> inline constexpr Expectation expectation<stage_call> = {ExpectedKind::stage, "a stage"};
template <> inline constexpr Expectation expectation<stage_member> = {ExpectedKind::member, "the name of a stage of this family"};
template <> inline constexpr Expectation expectation<block_begin> = {ExpectedKind::stage_block, "`{`"};
template <> inline constexpr Expectation expectation<outputs_block> = {ExpectedKind::block, "`{`"};
template <> inline constexpr Expectation expectation<with_block> = {ExpectedKind::block, "`{`"};
template <> inline constexpr Expectation expectation<output_source> = {ExpectedKind::text, "a path as string, or `stdout`"};
template <> inline constexpr Expectation expectation<output_pattern> = {ExpectedKind::text, "a regular expression as string"};
template <> inline constexpr Expectation expectation<axis> = {ExpectedKind::name, "`name in list`"};

// items and declarations
template <> inline constexpr Expectation expectation<declared_name> = {ExpectedKind::name, "a name"};
template <> inline constexpr Expectation expectation<item_line> = {ExpectedKind::item, "`step`, `param`, `let` or another item"};
template <> inline constexpr Expectation expectation<item> = {ExpectedKind::item, "`step`, `param`, `let` or another item"};
template <> inline constexpr Expectation expectation<item_end> = {ExpectedKind::item_end, "the end of the line"};
template <> inline constexpr Expectation expectation<header> = {ExpectedKind::name, "a name"};
template <> inline constexpr Expectation expectation<body_begin> = {ExpectedKind::header_end, "`{`"};
template <> inline constexpr Expectation expectation<use_path> = {ExpectedKind::text, "the path of a library as string"};
template <> inline constexpr Expectation expectation<use_version> = {ExpectedKind::text, "a version as string"};
template <> inline constexpr Expectation expectation<use_alias> = {ExpectedKind::name, "a name"};
template <> inline constexpr Expectation expectation<declaration_line> = {ExpectedKind::declaration, "`pipeline`, `stage`, `type` or `use`"};
template <> inline constexpr Expectation expectation<declaration> = {ExpectedKind::declaration, "`pipeline`, `stage`, `type` or `use`"};
template <> inline constexpr Expectation expectation<declaration_end> = {ExpectedKind::item_end, "the end of the line"};
template <> inline constexpr Expectation expectation<pegtl::eof> = {ExpectedKind::item_end, "the end of the text"};

// what closes or separates
template <> inline constexpr Expectation expectation<entry_end> = {ExpectedKind::separator, "`,`, a new line or `}`"};
template <> inline constexpr Expectation expectation<close_brace> = {ExpectedKind::closing, "`}`"};
template <> inline constexpr Expectation expectation<body_close> = {ExpectedKind::closing, "`}`"};
template <> inline constexpr Expectation expectation<close_bracket> = {ExpectedKind::closing, "`,` or `]`"};
template <> inline constexpr Expectation expectation<close_parenthesis> = {ExpectedKind::closing, "`)`"};
template <> inline constexpr Expectation expectation<close_angle> = {ExpectedKind::closing, "`>`"};
template <> inline constexpr Expectation expectation<quote> = {ExpectedKind::closing, "`\"`"};
template <> inline constexpr Expectation expectation<three_quotes> = {ExpectedKind::closing, "`\"\"\"`"};
template <> inline constexpr Expectation expectation<three_apostrophes> = {ExpectedKind::closing, "`'''`"};

/// PEGTL's control: what a rule that must match and does not comes to.
template <typename Rule>
struct control : pegtl::normal<Rule> {
  template <typename Input, typename State>
  [[noreturn]] static void raise(const Input& in, State& state) {
    static_assert(!expectation<Rule>.what.empty(), "the rule needs a line in grammar_messages.hpp");
    state.errors.unexpected(static_cast<std::uint32_t>(in.byte()), expectation<Rule>);
  }

  template <typename Input, typename State>
  static void report(const Input& in, State& state) {
    state.missing_close(static_cast<std::uint32_t>(in.byte()), expectation<Rule>);
  }
};

}  // namespace sdlrun::dsl::grammar
