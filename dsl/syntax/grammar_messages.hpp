// What a message calls each rule that must match: one line a rule. A rule without a line here does not compile where it
// is asked for by must<>.
#pragma once

#include "dsl/syntax/grammar.hpp"
#include "dsl/syntax/syntax_errors.hpp"

namespace sdlrun::dsl::grammar {

template <typename Rule>
inline constexpr Expectation expectation = {};

// values
template <> inline constexpr Expectation expectation<expression> = {Expected::value, "a value"};
template <> inline constexpr Expectation expectation<operand> = {Expected::value, "a value"};
template <> inline constexpr Expectation expectation<value> = {Expected::value, "a value"};
template <> inline constexpr Expectation expectation<variable> = {Expected::name, "the name of a variable"};
template <> inline constexpr Expectation expectation<member_name> = {Expected::member, "the name of a member"};
template <> inline constexpr Expectation expectation<key_in> = {Expected::in_word, "`in`"};
template <> inline constexpr Expectation expectation<then_word> = {Expected::then_word, "`then`"};
template <> inline constexpr Expectation expectation<else_word> = {Expected::else_word, "`else`"};
template <> inline constexpr Expectation expectation<match_begin> = {Expected::block, "`{` with the arms of the `match`"};
template <> inline constexpr Expectation expectation<arrow> = {Expected::arrow, "`=>`"};
template <> inline constexpr Expectation expectation<pattern> = {Expected::pattern, "a literal or `_`"};
template <> inline constexpr Expectation expectation<escape_code> = {Expected::escape, "an escape"};
template <> inline constexpr Expectation expectation<string> = {Expected::text, "a string"};

// types
template <> inline constexpr Expectation expectation<type_expression> = {Expected::type, "a type"};
template <> inline constexpr Expectation expectation<optional_type> = {Expected::type, "a type"};
template <> inline constexpr Expectation expectation<type_member> = {Expected::member, "the second name of the type"};
template <> inline constexpr Expectation expectation<range_dots> = {Expected::range, "a range such as `1..10`"};
template <> inline constexpr Expectation expectation<secret_content> = {Expected::type, "`<` and the type of the secret"};

// between names and values
template <> inline constexpr Expectation expectation<equals> = {Expected::equals, "`=`"};
template <> inline constexpr Expectation expectation<value_part> = {Expected::equals, "`=` and a value"};
template <> inline constexpr Expectation expectation<colon> = {Expected::colon, "`:`"};
template <> inline constexpr Expectation expectation<type_annotation> = {Expected::colon, "`:` and a type"};

// steps
template <> inline constexpr Expectation expectation<step_body> = {Expected::stage, "a stage"};
template <> inline constexpr Expectation expectation<stage_call> = {Expected::stage, "a stage"};
template <> inline constexpr Expectation expectation<stage_member> = {Expected::member, "the name of a stage of this family"};
template <> inline constexpr Expectation expectation<block_begin> = {Expected::stage_block, "`{`"};
template <> inline constexpr Expectation expectation<outputs_block> = {Expected::block, "`{`"};
template <> inline constexpr Expectation expectation<with_block> = {Expected::block, "`{`"};
template <> inline constexpr Expectation expectation<output_source> = {Expected::text, "a path as string, or `stdout`"};
template <> inline constexpr Expectation expectation<output_pattern> = {Expected::text, "a regular expression as string"};
template <> inline constexpr Expectation expectation<axis> = {Expected::name, "`name in list`"};

// items and declarations
template <> inline constexpr Expectation expectation<declared_name> = {Expected::name, "a name"};
template <> inline constexpr Expectation expectation<item_line> = {Expected::item, "`step`, `param`, `let` or another item"};
template <> inline constexpr Expectation expectation<item> = {Expected::item, "`step`, `param`, `let` or another item"};
template <> inline constexpr Expectation expectation<item_end> = {Expected::item_end, "the end of the line"};
template <> inline constexpr Expectation expectation<header> = {Expected::name, "a name"};
template <> inline constexpr Expectation expectation<body_begin> = {Expected::header_end, "`{`"};
template <> inline constexpr Expectation expectation<use_path> = {Expected::text, "the path of a library as string"};
template <> inline constexpr Expectation expectation<use_version> = {Expected::text, "a version as string"};
template <> inline constexpr Expectation expectation<use_alias> = {Expected::name, "a name"};
template <> inline constexpr Expectation expectation<declaration_line> = {Expected::declaration, "`pipeline`, `stage`, `type` or `use`"};
template <> inline constexpr Expectation expectation<declaration> = {Expected::declaration, "`pipeline`, `stage`, `type` or `use`"};
template <> inline constexpr Expectation expectation<declaration_end> = {Expected::item_end, "the end of the line"};
template <> inline constexpr Expectation expectation<pegtl::eof> = {Expected::item_end, "the end of the text"};

// what closes or separates
template <> inline constexpr Expectation expectation<entry_end> = {Expected::separator, "`,`, a new line or `}`"};
template <> inline constexpr Expectation expectation<close_brace> = {Expected::closing, "`}`"};
template <> inline constexpr Expectation expectation<body_close> = {Expected::closing, "`}`"};
template <> inline constexpr Expectation expectation<close_bracket> = {Expected::closing, "`,` or `]`"};
template <> inline constexpr Expectation expectation<close_parenthesis> = {Expected::closing, "`)`"};
template <> inline constexpr Expectation expectation<close_angle> = {Expected::closing, "`>`"};
template <> inline constexpr Expectation expectation<quote> = {Expected::closing, "`\"`"};
template <> inline constexpr Expectation expectation<three_quotes> = {Expected::closing, "`\"\"\"`"};
template <> inline constexpr Expectation expectation<three_apostrophes> = {Expected::closing, "`'''`"};

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
