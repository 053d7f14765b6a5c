// The grammar of .sdl files. One rule a struct, no actions, no messages: these stand in build_actions.hpp and
// grammar_messages.hpp. docs/grammar.md is the same for readers.
//
// White space is decided once: every token eats the gap behind it, so a rule begins where its first token does. A rule
// that ends in a gap must not be asked for its end.
#pragma once

#include <tao/pegtl.hpp>

#include "dsl/syntax/layout.hpp"

namespace sdlrun::dsl::grammar {

using pegtl::at, pegtl::not_at, pegtl::one, pegtl::opt, pegtl::plus, pegtl::seq, pegtl::sor, pegtl::star,
    pegtl::success;

// ---- words ----------------------------------------------------------------------------------------------------------

struct key_use : TAO_PEGTL_KEYWORD("use") {};
struct key_version : TAO_PEGTL_KEYWORD("version") {};
struct key_as : TAO_PEGTL_KEYWORD("as") {};
struct key_type : TAO_PEGTL_KEYWORD("type") {};
struct key_stage : TAO_PEGTL_KEYWORD("stage") {};
struct key_pipeline : TAO_PEGTL_KEYWORD("pipeline") {};
struct key_param : TAO_PEGTL_KEYWORD("param") {};
struct key_input : TAO_PEGTL_KEYWORD("input") {};
struct key_secret : TAO_PEGTL_KEYWORD("secret") {};
struct key_pool : TAO_PEGTL_KEYWORD("pool") {};
struct key_let : TAO_PEGTL_KEYWORD("let") {};
struct key_step : TAO_PEGTL_KEYWORD("step") {};
struct key_require : TAO_PEGTL_KEYWORD("require") {};
struct key_output : TAO_PEGTL_KEYWORD("output") {};
struct key_outputs : TAO_PEGTL_KEYWORD("outputs") {};
struct key_with : TAO_PEGTL_KEYWORD("with") {};
struct key_at : TAO_PEGTL_KEYWORD("at") {};
struct key_stdout : TAO_PEGTL_KEYWORD("stdout") {};
struct key_matching : TAO_PEGTL_KEYWORD("matching") {};
struct key_match : TAO_PEGTL_KEYWORD("match") {};
struct key_if : TAO_PEGTL_KEYWORD("if") {};
struct key_then : TAO_PEGTL_KEYWORD("then") {};
struct key_else : TAO_PEGTL_KEYWORD("else") {};
struct key_for : TAO_PEGTL_KEYWORD("for") {};
struct key_in : TAO_PEGTL_KEYWORD("in") {};
struct key_by : TAO_PEGTL_KEYWORD("by") {};
struct key_and : TAO_PEGTL_KEYWORD("and") {};
struct key_or : TAO_PEGTL_KEYWORD("or") {};
struct key_not : TAO_PEGTL_KEYWORD("not") {};
struct key_true : TAO_PEGTL_KEYWORD("true") {};
struct key_false : TAO_PEGTL_KEYWORD("false") {};
struct key_none : TAO_PEGTL_KEYWORD("none") {};
struct key_enum : TAO_PEGTL_KEYWORD("enum") {};
struct key_string : TAO_PEGTL_KEYWORD("string") {};

// ---- marks ----------------------------------------------------------------------------------------------------------

struct open_brace : one<'{'> {};
struct close_brace : one<'}'> {};
struct open_bracket : one<'['> {};
struct close_bracket : one<']'> {};
struct open_parenthesis : one<'('> {};
struct close_parenthesis : one<')'> {};
struct open_angle : one<'<'> {};
struct close_angle : one<'>'> {};
struct comma : seq<one<','>, free_gap> {};
struct equals : seq<one<'='>, not_at<one<'=', '>'>>, free_gap> {};
struct colon : seq<one<':'>, free_gap> {};
struct arrow : seq<one<'='>, one<'>'>, free_gap> {};

/// Between the entries of `{ }`: a comma, a new line, or both.
struct separator : sor<comma, seq<new_line, free_gap, opt<comma>>> {};
struct entry_end : sor<separator, at<close_brace>> {};

/// `a, b, c` with or without a comma at the end; Close is what ends it.
template <typename Element, typename Close>
struct listed : opt<Element, gap, star<comma, sor<at<Close>, seq<must<Element>, gap>>>> {};

template <typename Content>
struct braced : enclosed<EnclosureKind::block, open_brace, seq<free_gap, Content>, close_brace> {};

// ---- strings and numbers --------------------------------------------------------------------------------------------

struct expression;

struct escape_code : sor<one<'n', 't', '"', '\\', '$'>, seq<one<'u'>, one<'{'>, pegtl::rep_min_max<1, 6, pegtl::xdigit>, one<'}'>>> {};
struct escape : seq<one<'\\'>, must<escape_code>> {};
struct lone_dollar : seq<one<'$'>, not_at<one<'{'>>> {};
struct open_interpolation : seq<one<'$'>, one<'{'>> {};
struct interpolation : enclosed<EnclosureKind::list, open_interpolation, seq<gap, must<expression>>, close_brace> {};

struct quote : one<'"'> {};
struct quoted_text : plus<sor<pegtl::not_one<'"', '\\', '$', '\n'>, lone_dollar>> {};
struct quoted_string : enclosed<EnclosureKind::text, quote, star<sor<quoted_text, escape, interpolation>>, quote> {};

struct three_quotes : pegtl::string<'"', '"', '"'> {};
struct single_quote_mark : seq<not_at<three_quotes>, quote> {};
struct multi_line_text : plus<sor<pegtl::not_one<'"', '\\', '$'>, lone_dollar, single_quote_mark>> {};
struct multi_line_string
    : enclosed<EnclosureKind::text, three_quotes, star<sor<multi_line_text, escape, interpolation>>, three_quotes> {};

struct three_apostrophes : pegtl::string<'\'', '\'', '\''> {};
struct raw_text : star<not_at<three_apostrophes>, pegtl::any> {};
struct raw_string : enclosed<EnclosureKind::text, three_apostrophes, raw_text, three_apostrophes> {};

struct string : sor<multi_line_string, quoted_string, raw_string> {};

struct digits : seq<pegtl::digit, star<sor<pegtl::digit, one<'_'>>>> {};
struct fraction : seq<one<'.'>, digits> {};
struct exponent : seq<one<'e', 'E'>, opt<one<'+', '-'>>, digits> {};
struct units : star<pegtl::identifier_other> {};
struct number : seq<digits, opt<fraction>, opt<exponent>, units> {};
struct negative_number : seq<one<'-'>, gap, number> {};

// ---- expressions ----------------------------------------------------------------------------------------------------

struct reference : name {};
struct true_literal : key_true {};
struct false_literal : key_false {};
struct none_literal : key_none {};

struct variable : name {};
struct comprehension_tail
    : seq<key_for, gap, must<variable>, gap, must<key_in>, gap, must<expression>, opt<key_if, gap, must<expression>>> {};
struct elements : opt<expression, sor<comprehension_tail, star<comma, sor<at<close_bracket>, must<expression>>>>> {};
struct list : enclosed<EnclosureKind::list, open_bracket, seq<gap, elements>, close_bracket> {};

struct field_name : any_word {};
struct record_field : seq<not_at<item_begin>, field_name, gap, must<colon>, must<expression>> {};
struct map_entry : seq<string, gap, must<colon>, must<expression>> {};
struct record_fields : star<record_field, must<entry_end>> {};
struct map_entries : plus<map_entry, must<entry_end>> {};
struct record_or_map : braced<sor<map_entries, record_fields>> {};

struct parenthesised
    : enclosed<EnclosureKind::list, open_parenthesis, seq<gap, must<expression>>, close_parenthesis> {};

struct then_word : seq<free_gap, key_then, free_gap> {};
struct else_word : seq<free_gap, key_else, free_gap> {};
struct if_expression
    : seq<key_if, free_gap, must<expression>, must<then_word>, must<expression>, must<else_word>, must<expression>> {};

struct wildcard : seq<one<'_'>, not_at<pegtl::identifier_other>> {};
struct pattern : sor<string, number, negative_number, true_literal, false_literal, none_literal> {};
struct patterns : sor<seq<wildcard, gap>, seq<pattern, gap, star<comma, must<pattern>, gap>>> {};
struct match_arm : seq<patterns, must<arrow>, must<expression>> {};
struct match_arms : braced<star<match_arm, must<entry_end>>> {};
struct match_begin : at<free_gap, open_brace> {};
struct match_expression : seq<key_match, gap, must<expression>, must<match_begin>, free_gap, match_arms> {};

struct primary : sor<reference, string, number, list, record_or_map, parenthesised, true_literal, false_literal,
                     none_literal, if_expression, match_expression> {};

struct member_name : any_word {};
struct member : seq<one<'.'>, not_at<one<'.'>>, gap, must<member_name>> {};
struct every_index : seq<open_bracket, free_gap, one<'*'>, free_gap, must<close_bracket>> {};
struct index : enclosed<EnclosureKind::list, open_bracket, seq<gap, must<expression>, star<comma, must<expression>>>,
                        close_bracket> {};
struct call : enclosed<EnclosureKind::list, open_parenthesis, seq<gap, listed<expression, close_parenthesis>>,
                       close_parenthesis> {};
struct postfix : sor<member, every_index, index, call> {};

struct prefix_operator : sor<seq<one<'-'>, not_at<one<'>'>>>, key_not> {};
struct infix_operator
    : sor<pegtl::string<'?', '?'>, pegtl::string<'=', '='>, pegtl::string<'!', '='>, pegtl::string<'<', '='>,
          pegtl::string<'>', '='>, one<'<', '>', '+', '*', '/', '%'>, seq<one<'-'>, not_at<one<'>'>>>, key_and, key_or> {};
struct value : seq<primary, gap, star<postfix, gap>> {};
struct operand : sor<value, seq<plus<prefix_operator, free_gap>, must<value>>> {};
/// Precedence is not the grammar's: expression_operators.cpp makes the tree.
struct operation : seq<operand, star<infix_operator, free_gap, must<operand>>> {};
struct expression : nested<operation> {};

// ---- types ----------------------------------------------------------------------------------------------------------

struct type_expression;

struct type_member : any_word {};
struct type_path : seq<name, star<one<'.'>, must<type_member>>> {};
struct range_end : sor<number, negative_number> {};
struct range_dots : seq<one<'.'>, one<'.'>> {};
struct range : enclosed<EnclosureKind::list, open_parenthesis,
                        seq<gap, opt<range_end, gap>, must<range_dots>, gap, opt<range_end, gap>>, close_parenthesis> {};
struct named_type : seq<type_path, gap, opt<range>> {};

struct enum_members : enclosed<EnclosureKind::list, open_parenthesis,
                               seq<gap, must<string>, gap, star<comma, sor<at<close_parenthesis>, seq<must<string>, gap>>>>,
                               close_parenthesis> {};
struct enum_type : seq<key_enum, gap, enum_members> {};
struct secret_content : enclosed<EnclosureKind::list, open_angle, seq<gap, must<type_expression>>, close_angle> {};
struct secret_type : seq<key_secret, gap, must<secret_content>> {};
struct list_type : enclosed<EnclosureKind::list, open_bracket, seq<gap, must<type_expression>>, close_bracket> {};
struct parenthesised_type
    : enclosed<EnclosureKind::list, open_parenthesis, seq<gap, must<type_expression>>, close_parenthesis> {};

struct type_field_name : any_word {};
struct type_field : seq<not_at<item_begin>, type_field_name, gap, must<colon>, must<type_expression>> {};
struct map_key : key_string {};
struct map_content : seq<map_key, gap, must<colon>, must<type_expression>, opt<separator>> {};
struct record_content : star<type_field, must<entry_end>> {};
struct map_or_record_type : braced<sor<map_content, record_content>> {};

struct primary_type : sor<enum_type, secret_type, named_type, list_type, map_or_record_type, parenthesised_type> {};
struct optional_mark : one<'?'> {};
struct optional_type : seq<primary_type, gap, opt<optional_mark, gap>> {};
struct union_bar : seq<one<'|'>, not_at<one<'|'>>, free_gap> {};
struct union_type : seq<optional_type, star<union_bar, must<optional_type>>> {};
struct type_expression : nested<union_type> {};

// ---- steps ----------------------------------------------------------------------------------------------------------

struct entry_name : any_word {};
struct entry : seq<not_at<item_begin>, entry_name, gap, must<equals>, must<expression>> {};
struct block : braced<star<entry, must<entry_end>>> {};

struct output_path : string {};
struct output_pattern : string {};
struct output_stdout : key_stdout {};
struct output_source
    : sor<output_path, seq<output_stdout, opt<gap, key_matching, gap, must<output_pattern>>>> {};
struct declared_output
    : seq<not_at<item_begin>, entry_name, gap, must<colon>, must<type_expression>, opt<key_at, gap, must<output_source>, gap>> {};
struct outputs_block : braced<star<declared_output, must<entry_end>>> {};
struct outputs_clause : seq<free_gap, key_outputs, free_gap, must<outputs_block>> {};
struct with_block : block {};
struct with_clause : seq<free_gap, key_with, free_gap, must<with_block>> {};

struct stage_member : any_word {};
struct stage_path : seq<name, opt<one<'.'>, must<stage_member>>> {};
struct block_begin : at<free_gap, open_brace> {};
struct stage_call : seq<stage_path, gap, must<block_begin>, free_gap, block, opt<outputs_clause>> {};

struct step_match_arm : seq<patterns, must<arrow>, must<stage_call>, gap> {};
struct step_match_arms : braced<star<step_match_arm, must<entry_end>>> {};
struct step_match : seq<key_match, gap, must<expression>, must<match_begin>, free_gap, step_match_arms, opt<outputs_clause>> {};
struct step_if
    : seq<key_if, free_gap, must<expression>, must<then_word>, must<stage_call>, must<else_word>, must<stage_call>> {};
struct step_body : sor<step_match, step_if, stage_call> {};

struct axis_name : name {};
struct axis : seq<axis_name, gap, must<key_in>, gap, must<expression>, opt<key_by, gap, must<expression>>> {};
struct axes : enclosed<EnclosureKind::list, open_bracket, seq<gap, must<axis>, star<comma, sor<at<close_bracket>, must<axis>>>>,
                       close_bracket> {};

// ---- items ----------------------------------------------------------------------------------------------------------

struct declared_name : name {};
struct has_name : at<declared_name, gap, equals> {};
struct type_annotation : seq<colon, must<type_expression>> {};
struct value_part : seq<equals, must<expression>> {};

struct step : seq<key_step, gap, must<declared_name>, gap, opt<axes, gap>, must<equals>, must<step_body>, opt<with_clause>> {};
struct param : seq<key_param, gap, must<declared_name>, gap, must<type_annotation>, opt<value_part>> {};
struct input : seq<key_input, gap, must<declared_name>, gap, must<type_annotation>, opt<value_part>> {};
struct secret : seq<key_secret, gap, must<declared_name>, gap, must<value_part>> {};
struct pool : seq<key_pool, gap, must<declared_name>, gap, must<value_part>> {};
struct let : seq<key_let, gap, must<declared_name>, gap, opt<type_annotation>, must<value_part>> {};
struct require_name : seq<has_name, declared_name, gap, equals> {};
struct require : seq<key_require, gap, opt<require_name>, must<expression>, opt<else_word, must<expression>>> {};
struct output : seq<key_output, gap, must<declared_name>, gap, must<value_part>> {};
struct item : sor<seq<step, gap>, param, let, output, require, input, secret, pool> {};

struct item_end : sor<seq<new_line, free_gap>, at<close_brace>, pegtl::eof> {};
struct item_line : seq<must<item>, must<item_end>> {};

// ---- declarations ---------------------------------------------------------------------------------------------------

/// A `}` with an item behind it does not close the body.
struct declaration_key : sor<key_pipeline, key_stage, key_type, key_use> {};
struct stray_close : seq<close_brace, at<free_gap, item_begin, not_at<declaration_key>>, free_gap> {};
struct body_end : sor<pegtl::eof, at<close_brace>> {};
struct items : star<sor<stray_close, seq<not_at<body_end>, recovering<item_line, Recovery::next_line>>>> {};
struct body_close : wanted<close_brace> {};
struct body : enclosed<EnclosureKind::body, open_brace, seq<free_gap, items>, body_close> {};
struct body_begin : at<free_gap, open_brace> {};
struct header : seq<must<declared_name>, gap, must<body_begin>> {};

struct pipeline : seq<key_pipeline, gap, recovering<header, Recovery::open_brace>, free_gap, body> {};
struct stage : seq<key_stage, gap, recovering<header, Recovery::open_brace>, free_gap, body> {};
struct type : seq<key_type, gap, must<declared_name>, gap, must<equals>, must<type_expression>> {};
struct use_path : string {};
struct use_version : string {};
struct use_alias : name {};
struct use : seq<key_use, gap, must<use_path>, gap, opt<key_version, gap, must<use_version>, gap>, opt<key_as, gap, must<use_alias>, gap>> {};
struct declaration : sor<seq<sor<pipeline, stage>, gap>, type, use> {};

struct declaration_end : sor<seq<new_line, free_gap>, pegtl::eof> {};
struct declaration_line : seq<must<declaration>, must<declaration_end>> {};

// ---- whole texts ----------------------------------------------------------------------------------------------------

struct byte_order_mark : pegtl::utf8::bom {};
struct module : seq<opt<byte_order_mark>, free_gap, star<not_at<pegtl::eof>, recovering<declaration_line, Recovery::next_line>>> {};
struct lone_type : seq<free_gap, must<type_expression>, must<pegtl::eof>> {};
struct lone_expression : seq<free_gap, must<expression>, must<pegtl::eof>> {};

}  // namespace sdlrun::dsl::grammar
