#include "dsl/syntax/typical_mistakes.hpp"

#include <algorithm>
#include <array>

#include "dsl/diagnostics/diagnostic.hpp"
#include "dsl/diagnostics/backticks.hpp"
#include "dsl/syntax/foreign_types.hpp"
#include "dsl/syntax/keywords.hpp"

namespace sdlrun::dsl {

namespace {

using Found = std::optional<Mistake>;

Found mistake(std::string_view name, std::string message, std::string label, std::string hint) {
  return Mistake{.name = name, .message = std::move(message), .label = std::move(label), .hint = std::move(hint)};
}

char character_at(std::string_view text, std::size_t offset) { return offset < text.size() ? text[offset] : '\0'; }

// ---- symbols of other languages -----------------------------------------------------------------------------------

struct ForeignSymbol {
  std::string_view symbol;
  std::string_view hint;
};

constexpr std::array foreign_symbols = {
    ForeignSymbol{"&&", "write `and`"},
    ForeignSymbol{"||", "write `or`"},
    ForeignSymbol{"!", "write `not`"},
    ForeignSymbol{"===", "write `==`"},
    ForeignSymbol{";", "a line ends without a mark: leave the `;` out"},
    ForeignSymbol{"->", "in the arm of a `match`, write `=>`; elsewhere leave it out"},
    ForeignSymbol{":=", "write `=`"},
    ForeignSymbol{"::", "write `.`"},
    ForeignSymbol{"..", "numbers in a row are `range(1, 4)`: from the first, without the last; `1..3` stands in types only, as in `int(1..3)`"},
    ForeignSymbol{"+=", "values never change: give the new one a name with `let`"},
    ForeignSymbol{"++", "values never change: give the new one a name with `let`"},
    ForeignSymbol{"--", "values never change: give the new one a name with `let`"},
    ForeignSymbol{"**", "there is no power operator: multiply"},
    ForeignSymbol{"${", "interpolation stands inside strings only: write the name alone"},
    ForeignSymbol{"$", "names stand alone, `${name}` only inside strings"},
    ForeignSymbol{"?", "a choice is written `if condition then this else that`"},
    ForeignSymbol{"@", "there are no decorators; what the engine offers a step stands in `with { }`"},
    ForeignSymbol{"|", "`|` joins types only; write `or` between conditions"},
    ForeignSymbol{"&", "write `and`"},
    ForeignSymbol{"~", "paths of the home folder are not expanded: write the whole path as a string"},
};

Found foreign_comment(const Situation& situation) {
  const std::uint32_t begin = situation.seen.begin;
  const bool is_second = begin > 0 && situation.text[begin - 1] == '/' && character_at(situation.text, begin) == '/';
  if (situation.seen.text != "//" && situation.seen.text != "/*" && !is_second) return {};
  return mistake("foreign-comment", is_second ? "`//` does not begin a comment" : in_backticks(situation.seen.text) + " does not begin a comment",
                 "no comment", "comments begin with `#`");
}

Found foreign_symbol(const Situation& situation) {
  if (situation.expectation.kind == ExpectedKind::arrow) return {};
  const auto* const found = std::find_if(foreign_symbols.begin(), foreign_symbols.end(),
                                         [&](const ForeignSymbol& foreign) { return foreign.symbol == situation.seen.text; });
  if (found == foreign_symbols.end()) return {};
  return mistake("foreign-symbol", in_backticks(found->symbol) + " means nothing here", "expected " + std::string(situation.expectation.what),
                 std::string(found->hint));
}

// ---- quotes and characters ----------------------------------------------------------------------------------------

Found single_quotes(const Situation& situation) {
  if (situation.seen.text != "'") return {};
  const std::size_t begin = situation.seen.begin;
  const std::size_t line_end = std::min(situation.text.find('\n', begin), situation.text.size());
  const std::size_t close = situation.text.find('\'', begin + 1);
  const bool closed = close < line_end;
  const std::string content(closed ? situation.text.substr(begin + 1, close - begin - 1) : std::string_view("text"));
  Found found = mistake("single-quotes", "`'` does not begin a string", "strings stand in double quotes", "write " + in_backticks("\"" + content + "\""));
  if (closed) found->end = static_cast<std::uint32_t>(close + 1);
  return found;
}

Found typographic_character(const Situation& situation) {
  if (situation.seen.kind != TokenKind::other) return {};
  const std::string_view seen = situation.seen.text;
  const bool is_quote = seen == "“" || seen == "”" || seen == "„" || seen == "‘" || seen == "’" || seen == "«" || seen == "»";
  if (is_quote) return mistake("typographic-quote", in_backticks(seen) + " does not begin a string", "a typographic quote", "write `\"`");
  if (seen == "\u00a0") {
    return mistake("unexpected-token", "found a no-break space", "it looks like a space and is none", "replace it by a plain space");
  }
  return mistake("unexpected-token", "found " + in_backticks(seen) + " where " + std::string(situation.expectation.what) + " is expected",
                 "outside of strings and comments all is ASCII", "names take letters a to z, digits and `_`");
}

// ---- words --------------------------------------------------------------------------------------------------------

struct ForeignWord {
  std::string_view word;
  std::string_view hint;
};

constexpr std::array foreign_words = {
    ForeignWord{"import", "what others wrote is taken in with `use \"path\" as name`, above the pipeline"},
    ForeignWord{"include", "what others wrote is taken in with `use \"path\" as name`, above the pipeline"},
    ForeignWord{"from", "what others wrote is taken in with `use \"path\" as name`, above the pipeline"},
    ForeignWord{"var", "a value is named by `let name = value`"},
    ForeignWord{"const", "a value is named by `let name = value`"},
    ForeignWord{"val", "a value is named by `let name = value`"},
    ForeignWord{"def", "there are no functions: what wants one is a `stage`"},
    ForeignWord{"function", "there are no functions: what wants one is a `stage`"},
    ForeignWord{"fn", "there are no functions: what wants one is a `stage`"},
    ForeignWord{"for", "there are no loops: `step name[x in list] = …` makes one step an element"},
    ForeignWord{"while", "there are no loops: `step name[x in list] = …` makes one step an element"},
    ForeignWord{"if", "a choice is part of a step or value: `step name = if condition then … else …`"},
    ForeignWord{"match", "a choice is part of a step or value: `step name = match subject { … }`"},
    ForeignWord{"return", "a result is named by `output name = value`"},
    ForeignWord{"assert", "what must hold is written `require condition`"},
    ForeignWord{"task", "a step is written `step name = family.stage { … }`"},
    ForeignWord{"job", "a step is written `step name = family.stage { … }`"},
    ForeignWord{"rule", "a step is written `step name = family.stage { … }`"},
    ForeignWord{"outputs", "`outputs { … }` belongs behind the block of its step, and before `with { … }`"},
    ForeignWord{"with", "`with { … }` belongs behind the block of its step"},
};

std::string foreign_word_hint(std::string_view word) {
  const auto* const found = std::find_if(foreign_words.begin(), foreign_words.end(), [&](const auto& f) { return f.word == word; });
  return found == foreign_words.end() ? std::string() : std::string(found->hint);
}

std::string item_hint(const Situation& situation, const std::vector<std::string_view>& keywords) {
  const std::string foreign = foreign_word_hint(situation.seen.text);
  if (!foreign.empty()) return foreign;
  const std::string near = did_you_mean(situation.seen.text, keywords);
  if (!near.empty()) return near;
  const SeenToken next = token_at(situation.text, skip_gap(situation.text, situation.seen.end));
  if (next.text == "=") return "a step begins with `step`, any other value with `let`";
  if (next.text == ":") return "a parameter begins with `param`";
  return "";
}

Found wrong_item(const Situation& situation) {
  if (situation.seen.kind != TokenKind::word) return {};
  const std::string_view word = situation.seen.text;
  if (is_declaration_keyword(word)) {
    return mistake("misplaced-declaration", in_backticks(word) + " cannot stand inside a pipeline or stage", "belongs at the top of the file",
                   "move it out, or close the body before it with `}`");
  }
  return mistake("unknown-keyword", in_backticks(word) + " begins no item", "expected " + std::string(situation.expectation.what),
                 item_hint(situation, item_keywords()));
}

Found wrong_declaration(const Situation& situation) {
  if (situation.seen.text == "}") {
    return mistake("unmatched-brace", "this `}` closes nothing", "nothing is open here", "remove it, or look for a missing `{` above");
  }
  if (situation.seen.kind != TokenKind::word) return {};
  const std::string_view word = situation.seen.text;
  if (is_item_keyword(word)) {
    return mistake("misplaced-item", in_backticks(word) + " cannot stand outside of a pipeline or stage", "belongs into a body",
                   "write it inside `pipeline name { … }`");
  }
  return mistake("unknown-keyword", in_backticks(word) + " begins no declaration", "expected " + std::string(situation.expectation.what),
                 item_hint(situation, declaration_keywords()));
}

Found keyword_as_name(const Situation& situation) {
  const bool wants_name = situation.expectation.kind == ExpectedKind::name;
  if (!wants_name || situation.seen.kind != TokenKind::word || !is_keyword(situation.seen.text)) return {};
  return mistake("keyword-as-name", in_backticks(situation.seen.text) + " is a keyword, not a name", "expected " + std::string(situation.expectation.what),
                 "take another name, such as " + in_backticks(std::string(situation.seen.text) + "_"));
}

Found quoted_name(const Situation& situation) {
  if (situation.expectation.kind != ExpectedKind::name || situation.seen.kind != TokenKind::quote) return {};
  return mistake("unexpected-token", "found a string where a name is expected", "expected a name", "names stand without quotes");
}

/// `require condition, "message"`, as an assert is written elsewhere.
Found comma_before_message(const Situation& situation) {
  if (situation.expectation.kind != ExpectedKind::item_end || situation.seen.text != ",") return {};
  const SeenToken next = token_at(situation.text, skip_gap(situation.text, situation.seen.end));
  if (next.kind != TokenKind::quote) return {};
  return mistake("unexpected-token", "found `,` where the end of the line is expected", "expected the end of the line",
                 "a requirement's message stands behind `else`: `require condition else \"message\"`");
}

/// `step … with { … } outputs { … }`: the other way round.
Found outputs_behind_with(const Situation& situation) {
  if (situation.expectation.kind != ExpectedKind::item_end || situation.seen.text != "outputs") return {};
  return mistake("unexpected-token", "found `outputs` where the end of the line is expected", "too late for it", foreign_word_hint("outputs"));
}

Found unquoted_pattern(const Situation& situation) {
  const bool begins_arm = situation.seen.kind == TokenKind::word && token_at(situation.text, skip_gap(situation.text, situation.seen.end)).text == "=>";
  if (situation.expectation.kind != ExpectedKind::closing || !begins_arm) return {};
  return mistake("unexpected-token", "found " + described(situation.seen) + " where a pattern or `}` is expected", "expected a pattern",
                 "patterns are literals, and words stand in quotes: " + in_backticks("\"" + std::string(situation.seen.text) + "\" => …") + "; the rest is `_ => …`");
}

Found hyphenated_name(const Situation& situation) {
  const std::uint32_t at = situation.seen.begin;
  const bool joins = situation.seen.text == "-" && at > 0 && is_name_byte(situation.text[at - 1]) &&
                     is_name_byte(character_at(situation.text, at + 1));
  const ExpectedKind kind = situation.expectation.kind;
  if (!joins || (kind != ExpectedKind::equals && kind != ExpectedKind::colon && kind != ExpectedKind::header_end)) return {};
  return mistake("bad-name", "`-` cannot stand in a name", "names take letters, digits and `_`", "write `_` instead");
}

/// The word that ends before `offset`; blanks and brackets between are passed over.
SeenToken word_before(std::string_view text, std::uint32_t offset) {
  std::uint32_t end = offset;
  while (end > 0 && (text[end - 1] == ' ' || text[end - 1] == '(')) --end;
  std::uint32_t begin = end;
  while (begin > 0 && is_name_byte(text[begin - 1])) --begin;
  return {.kind = TokenKind::word, .begin = begin, .end = end, .text = text.substr(begin, end - begin)};
}

// ---- what stands between names and values -------------------------------------------------------------------------

Found wrong_equals(const Situation& situation) {
  const std::string_view seen = situation.seen.text;
  const bool behind_type = situation.expectation.kind == ExpectedKind::item_end && seen == "==";
  if (situation.expectation.kind != ExpectedKind::equals && !behind_type) return {};
  if (seen == ":") {
    return mistake("colon-for-equals", "found `:` where `=` is expected", "expected `=`",
                   "`name = value` stands in the block of a step, `name: value` in a record");
  }
  if (seen == "==") return mistake("comparison-for-equals", "`==` compares; a name is given its value by `=`", "expected `=`", "write `=`");
  if (seen == "{" && situation.enclosing == '{') {
    return mistake("missing-equals", "found `{` where `=` is expected", "expected `=`", "write `name = { … }`, or `step name = family.stage { … }`");
  }
  return {};
}

/// What a value that begins with this token is most likely of.
std::string_view likely_type(std::string_view text, const SeenToken& value) {
  if (value.kind == TokenKind::quote) return "string";
  if (value.text == "true" || value.text == "false") return "bool";
  if (value.text == "[") return "[string]";
  if (value.kind != TokenKind::number) return "type";
  const bool has_point = character_at(text, value.end) == '.' || value.text.find('.') != std::string_view::npos;
  return has_point ? "float" : "int";
}

/// `param p = 5`: the type of a param is never guessed.
Found untyped_param(const Situation& situation) {
  if (situation.expectation.kind != ExpectedKind::colon || situation.seen.text != "=") return {};
  const SeenToken name = word_before(situation.text, situation.seen.begin);
  const SeenToken keyword = word_before(situation.text, name.begin);
  if (keyword.text != "param" && keyword.text != "input") return {};
  const SeenToken value = token_at(situation.text, skip_gap(situation.text, situation.seen.end));
  const std::string shown = std::string(keyword.text) + ' ' + std::string(name.text) + ": " + std::string(likely_type(situation.text, value)) + " = …";
  return mistake("equals-for-colon", in_backticks(name.text) + " has no type", "expected `:` and a type", "write " + in_backticks(shown) + ": what is given on the command line is checked by it");
}

Found wrong_colon(const Situation& situation) {
  if (situation.expectation.kind != ExpectedKind::colon) return {};
  if (situation.seen.text != "=") return {};
  return mistake("equals-for-colon", "found `=` where `:` is expected", "expected `:`",
                 "a value is written `{ name: value }`, a type `name: type`; only the block of a step takes `name = value`");
}

Found wrong_arrow(const Situation& situation) {
  if (situation.expectation.kind != ExpectedKind::arrow) return {};
  const std::string_view seen = situation.seen.text;
  if (seen != "->" && seen != "=" && seen != ":") return {};
  return mistake("missing-arrow", "found " + in_backticks(seen) + " where `=>` is expected", "expected `=>`", "an arm is written `pattern => value`");
}

// ---- types --------------------------------------------------------------------------------------------------------

Found foreign_type(const Situation& situation) {
  const std::string_view seen = situation.seen.text;
  const bool opens = seen == "<" || seen == "[";
  if (!opens && situation.expectation.kind != ExpectedKind::range) return {};
  const SeenToken word = word_before(situation.text, situation.seen.begin);
  const std::string_view hint = foreign_type_hint(word.text);
  if (hint.empty()) return {};
  Found found = mistake("unknown-type", "there is no type " + in_backticks(word.text), "not a type", std::string(hint));
  found->begin = word.begin;
  found->end = word.end;
  return found;
}

/// `enum(a, b)`, and other strings without their quotes.
Found unquoted_text(const Situation& situation) {
  if (situation.expectation.kind != ExpectedKind::text || situation.seen.kind != TokenKind::word) return {};
  return mistake("unexpected-token", "found " + described(situation.seen) + " where a string is expected", "expected a string",
                 "write it in quotes: " + in_backticks('"' + std::string(situation.seen.text) + '"'));
}

Found quoted_type(const Situation& situation) {
  if (situation.expectation.kind != ExpectedKind::type || situation.seen.kind != TokenKind::quote) return {};
  return mistake("unexpected-token", "found a string where a type is expected", "expected a type", "one of some words is written `enum(\"a\", \"b\")`");
}

// ---- inside values ------------------------------------------------------------------------------------------------

Found assignment_for_comparison(const Situation& situation) {
  const ExpectedKind kind = situation.expectation.kind;
  const bool ends_item = kind == ExpectedKind::item_end || kind == ExpectedKind::block;
  const bool is_inside_value = kind == ExpectedKind::closing && situation.enclosing != '{';  // there it stands for a `:`
  if ((!ends_item && !is_inside_value) || situation.seen.text != "=") return {};
  return mistake("equals-for-comparison", "`=` does not compare", "expected " + std::string(situation.expectation.what), "write `==` to compare");
}

Found missing_then_or_else(const Situation& situation) {
  const ExpectedKind kind = situation.expectation.kind;
  if (kind == ExpectedKind::then_word) {
    const std::string hint = situation.seen.text == "=" ? "write `==` to compare" : "a choice is written `if condition then this else that`";
    return mistake("missing-then", "found " + described(situation.seen) + " where `then` is expected", "expected `then`", hint);
  }
  if (kind != ExpectedKind::else_word) return {};
  const bool is_elif = situation.seen.text == "elif" || situation.seen.text == "elseif";
  return mistake("missing-else", "this `if` has no `else`", "expected `else`",
                 is_elif ? "write `else if`" : "it always gives a value: say which one otherwise, such as `else none`");
}

Found missing_comma(const Situation& situation) {
  if (situation.expectation.kind != ExpectedKind::closing) return {};
  if ((situation.enclosing != '[' && situation.enclosing != '(') || !begins_value(situation.seen)) return {};
  return mistake("missing-comma", "found " + described(situation.seen) + " where `,` or " + (situation.enclosing == '[' ? "`]`" : "`)`") + " is expected",
                 "expected `,`", "inside brackets a new line separates nothing: put a `,` between");
}

/// `{ for … }` and `{ key: value for … }`: only lists are made so.
Found comprehension_in_braces(const Situation& situation) {
  if (situation.enclosing != '{') return {};
  const ExpectedKind kind = situation.expectation.kind;
  const SeenToken word = situation.seen.text == "for" ? situation.seen : word_before(situation.text, situation.seen.begin);
  const bool begins_so = kind == ExpectedKind::colon && word.text == "for";
  const bool ends_so = (kind == ExpectedKind::separator || kind == ExpectedKind::closing) && situation.seen.text == "for";
  if (!begins_so && !ends_so) return {};
  Found found = mistake("unexpected-token", "`for` cannot make a record or map", "only lists are made by `for`", "write a list, `[{ name: x } for x in list]`, or write the entries out");
  found->begin = word.begin;
  found->end = word.end;
  return found;
}

Found in_without_operator(const Situation& situation) {
  if (situation.expectation.kind == ExpectedKind::in_word || situation.seen.text != "in") return {};
  return mistake("unexpected-token", "`in` is not an operator", "expected " + std::string(situation.expectation.what),
                 "it stands in `step name[x in list]` and `[… for x in list]` only");
}

// ---- steps --------------------------------------------------------------------------------------------------------

Found missing_stage(const Situation& situation) {
  if (situation.expectation.kind != ExpectedKind::stage) return {};
  return mistake("missing-stage", "found " + described(situation.seen) + " where a stage is expected", "expected a stage such as `exec.run { … }`",
                 "a step is written `step name = family.stage { … }`; any other value is named by `let`");
}

Found missing_block(const Situation& situation) {
  if (situation.expectation.kind != ExpectedKind::stage_block) return {};
  std::string hint = "a stage takes its inputs in `{ name = value }`; where it needs none, write `{}`";
  if (situation.seen.text == ".") hint = "a stage has two names, `family.stage`; a value of a step is named by `let`";
  return mistake("missing-block", "found " + described(situation.seen) + " where `{` is expected", "expected `{`", std::move(hint));
}

Found string_key_in_block(const Situation& situation) {
  if (situation.expectation.kind != ExpectedKind::closing || situation.enclosing != '{' || situation.seen.kind != TokenKind::quote) return {};
  return mistake("unexpected-token", "found a string where a name or `}` is expected", "expected a name",
                 "names of entries stand without quotes; a map has strings for all its keys and `:` behind them");
}

Found bad_escape(const Situation& situation) {
  if (situation.expectation.kind != ExpectedKind::escape) return {};
  const TokenKind kind = situation.seen.kind;
  const bool shown = kind == TokenKind::word || kind == TokenKind::number || kind == TokenKind::symbol;
  const std::string escape = shown ? "`\\" + std::string(situation.seen.text.substr(0, 1)) + "` is no escape" : "a lone `\\` is no escape";
  Found found = mistake("bad-escape", escape, "not known", R"(known are \n, \t, \", \\, \$ and \u{…}; a backslash itself is written `\\`, or stands in '''…''' where nothing is an escape)");
  found->begin = situation.seen.begin - 1;
  found->end = situation.seen.begin + (shown ? 1 : 0);
  return found;
}

Found wrong_path_of_output(const Situation& situation) {
  if (situation.expectation.kind != ExpectedKind::separator || situation.enclosing != '{' || situation.seen.text != "=") return {};
  return mistake("unexpected-token", "found `=` where `,`, a new line or `}` is expected", "expected the end of the entry",
                 "a declared output is written `name: type at \"path\"`; a comparison is `==`");
}

}  // namespace

std::optional<Mistake> typical_mistake(const Situation& situation) {
  constexpr std::array shared = {foreign_type,   untyped_param, comprehension_in_braces, unquoted_text, unquoted_pattern, bad_escape,   foreign_comment, single_quotes,       typographic_character, wrong_arrow,
                                 keyword_as_name, hyphenated_name, wrong_equals,        wrong_colon,           foreign_symbol,
                                 assignment_for_comparison, missing_then_or_else, missing_comma, in_without_operator,
                                 missing_stage,  missing_block,   string_key_in_block, wrong_path_of_output,
                                 quoted_type,    quoted_name,     comma_before_message, outputs_behind_with};
  if (situation.expectation.kind == ExpectedKind::item) {
    if (Found found = wrong_item(situation)) return found;
  }
  if (situation.expectation.kind == ExpectedKind::declaration) {
    if (Found found = wrong_declaration(situation)) return found;
  }
  for (const auto& find : shared) {
    if (Found found = find(situation)) return found;
  }
  return std::nullopt;
}

}  // namespace sdlrun::dsl
