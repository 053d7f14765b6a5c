// What the rules of the grammar do once they have matched: one line a rule, each a call of a builder.
#pragma once

#include "dsl/syntax/grammar.hpp"
#include "dsl/syntax/parse_state.hpp"

namespace sdlrun::dsl::grammar {

template <typename Rule>
struct action : pegtl::nothing<Rule> {};

/// An action that calls a builder's member with the span of what has matched.
template <auto Builder, auto Call>
struct build {
  template <typename ActionInput>
  static void apply(const ActionInput& in, ParseState& state) {
    const auto begin = static_cast<std::size_t>(in.begin() - state.text.data());
    (state.*Builder.*Call)(state.span(begin, begin + in.size()));
  }
};

/// An action that pushes a literal without content.
template <typename Node, auto... Content>
struct build_literal {
  template <typename ActionInput>
  static void apply(const ActionInput& in, ParseState& state) {
    const auto begin = static_cast<std::size_t>(in.begin() - state.text.data());
    state.expressions.literal(Node{Content...}, state.span(begin, begin + in.size()));
  }
};

template <auto Call> using expressions = build<&ParseState::expressions, Call>;
template <auto Call> using strings = build<&ParseState::strings, Call>;
template <auto Call> using types = build<&ParseState::types, Call>;
template <auto Call> using declarations = build<&ParseState::declarations, Call>;

// expressions
template <> struct action<number> : expressions<&ExpressionBuilder::number> {};
template <> struct action<negative_number> : expressions<&ExpressionBuilder::negative_number> {};
template <> struct action<reference> : expressions<&ExpressionBuilder::reference> {};
template <> struct action<true_literal> : build_literal<BoolLiteral, true> {};
template <> struct action<false_literal> : build_literal<BoolLiteral, false> {};
template <> struct action<none_literal> : build_literal<NoneLiteral> {};
template <> struct action<variable> : expressions<&ExpressionBuilder::remember_name> {};
template <> struct action<field_name> : expressions<&ExpressionBuilder::remember_name> {};
template <> struct action<comprehension_tail> : expressions<&ExpressionBuilder::comprehension_tail> {};
template <> struct action<list> : expressions<&ExpressionBuilder::list> {};
template <> struct action<record_or_map> : expressions<&ExpressionBuilder::braces> {};
template <> struct action<parenthesised> : expressions<&ExpressionBuilder::parentheses> {};
template <> struct action<if_expression> : expressions<&ExpressionBuilder::if_expression> {};
template <> struct action<match_arm> : expressions<&ExpressionBuilder::match_arm> {};
template <> struct action<match_expression> : expressions<&ExpressionBuilder::match_expression> {};
template <> struct action<member_name> : expressions<&ExpressionBuilder::member> {};
template <> struct action<every_index> : expressions<&ExpressionBuilder::index_all> {};
template <> struct action<index> : expressions<&ExpressionBuilder::index> {};
template <> struct action<call> : expressions<&ExpressionBuilder::call> {};
template <> struct action<prefix_operator> : expressions<&ExpressionBuilder::prefix_operator> {};
template <> struct action<infix_operator> : expressions<&ExpressionBuilder::infix_operator> {};
template <> struct action<operation> : expressions<&ExpressionBuilder::fold_operators> {};

// strings
template <> struct action<quoted_text> : strings<&StringBuilder::raw_text> {};
template <> struct action<multi_line_text> : strings<&StringBuilder::raw_text> {};
template <> struct action<raw_text> : strings<&StringBuilder::raw_text> {};
template <> struct action<escape_code> : strings<&StringBuilder::escape> {};
template <> struct action<interpolation> : strings<&StringBuilder::interpolation> {};
template <> struct action<quoted_string> : strings<&StringBuilder::string> {};
template <> struct action<multi_line_string> : strings<&StringBuilder::multi_line_string> {};
template <> struct action<raw_string> : strings<&StringBuilder::multi_line_string> {};

// types
template <> struct action<type_path> : types<&TypeBuilder::named> {};
template <> struct action<map_key> : types<&TypeBuilder::named> {};
template <> struct action<range_dots> : types<&TypeBuilder::remember_dots> {};
template <> struct action<range> : types<&TypeBuilder::range> {};
template <> struct action<enum_type> : types<&TypeBuilder::enumeration> {};
template <> struct action<secret_type> : types<&TypeBuilder::secret> {};
template <> struct action<list_type> : types<&TypeBuilder::list> {};
template <> struct action<map_or_record_type> : types<&TypeBuilder::braces> {};
template <> struct action<type_field_name> : types<&TypeBuilder::remember_field> {};
template <> struct action<optional_mark> : types<&TypeBuilder::optional> {};
template <> struct action<parenthesised_type> : types<&TypeBuilder::parentheses> {};
template <> struct action<union_type> : types<&TypeBuilder::fold_union> {};

// steps
template <> struct action<entry_name> : declarations<&DeclarationBuilder::remember_name> {};
template <> struct action<entry> : declarations<&DeclarationBuilder::entry> {};
template <> struct action<block> : declarations<&DeclarationBuilder::block> {};
template <> struct action<output_stdout> : declarations<&DeclarationBuilder::output_from_stdout> {};
template <> struct action<declared_output> : declarations<&DeclarationBuilder::declared_output> {};
template <> struct action<outputs_block> : declarations<&DeclarationBuilder::outputs_block> {};
template <> struct action<with_block> : declarations<&DeclarationBuilder::with_block> {};
template <> struct action<stage_path> : declarations<&DeclarationBuilder::stage_path> {};
template <> struct action<stage_call> : declarations<&DeclarationBuilder::stage_call> {};
template <> struct action<step_match_arm> : declarations<&DeclarationBuilder::step_match_arm> {};
template <> struct action<step_match> : declarations<&DeclarationBuilder::step_match> {};
template <> struct action<step_if> : declarations<&DeclarationBuilder::step_if> {};
template <> struct action<axis_name> : declarations<&DeclarationBuilder::remember_name> {};
template <> struct action<axis> : declarations<&DeclarationBuilder::axis> {};

// items and declarations
template <> struct action<declared_name> : declarations<&DeclarationBuilder::declared_name> {};
template <> struct action<use_alias> : declarations<&DeclarationBuilder::declared_name> {};
template <> struct action<step> : declarations<&DeclarationBuilder::step> {};
template <> struct action<param> : declarations<&DeclarationBuilder::param> {};
template <> struct action<input> : declarations<&DeclarationBuilder::input> {};
template <> struct action<secret> : declarations<&DeclarationBuilder::secret> {};
template <> struct action<pool> : declarations<&DeclarationBuilder::pool> {};
template <> struct action<let> : declarations<&DeclarationBuilder::let> {};
template <> struct action<require> : declarations<&DeclarationBuilder::require> {};
template <> struct action<output> : declarations<&DeclarationBuilder::output> {};
template <> struct action<pipeline> : declarations<&DeclarationBuilder::pipeline> {};
template <> struct action<stage> : declarations<&DeclarationBuilder::stage> {};
template <> struct action<type> : declarations<&DeclarationBuilder::type> {};
template <> struct action<use> : declarations<&DeclarationBuilder::use> {};

// layout
template <>
struct action<comment> {
  template <typename ActionInput>
  static void apply(const ActionInput& in, ParseState& state) {
    const auto begin = static_cast<std::size_t>(in.begin() - state.text.data());
    std::string_view text = in.string_view();
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    state.comment(state.span(begin, begin + text.size()));
  }
};
template <>
struct action<stray_close> {
  template <typename ActionInput>
  static void apply(const ActionInput& in, ParseState& state) {
    const auto begin = static_cast<std::size_t>(in.begin() - state.text.data());
    state.stray_close(state.span(begin, begin + 1));
  }
};

}  // namespace sdlrun::dsl::grammar
