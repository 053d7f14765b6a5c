// What the parser says of texts that are wrong: the diagnostic's name, its place, and that one mistake gives one error.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "dsl/syntax/parser.hpp"
#include "parser_tree_text.hpp"

namespace sdlrun::dsl {

namespace {

struct Outcome {
  /// "name line:column", in source order.
  std::vector<std::string> errors;
  std::vector<Diagnostic> diagnostics;
  std::string tree;
};

Outcome parse(const std::string& text) {
  Sources sources;
  Diagnostics diagnostics;
  const FileId id = sources.add("test.sdl", text);
  const Module module = parse_module(sources, id, diagnostics);
  Outcome outcome{.errors = {}, .diagnostics = diagnostics.sorted(), .tree = tree_text(module)};
  for (const Diagnostic& diagnostic : outcome.diagnostics) {
    const Position place = sources.file(id).position(diagnostic.span.begin);
    outcome.errors.push_back(std::string(diagnostic.name) + " " + std::to_string(place.line) + ":" + std::to_string(place.column));
  }
  return outcome;
}

using Errors = std::vector<std::string>;

/// Errors of one item: it stands in line 2, the item behind it shows that parsing went on.
Outcome parse_item(const std::string& item) {
  Outcome outcome = parse("pipeline p {\n" + item + "\nlet last = 1\n}\n");
  CHECK_MESSAGE(outcome.tree.find("(let '' last - 1)") != std::string::npos, item);
  return outcome;
}

Errors errors_of(const std::string& item) { return parse_item(item).errors; }
std::string hint_of(const std::string& item) { return parse_item(item).diagnostics.at(0).hint; }

}  // namespace

TEST_CASE("what is missing is named") {
  CHECK(errors_of("let = 1") == Errors{"unexpected-token 2:5"});
  CHECK(errors_of("let a 1") == Errors{"unexpected-token 2:7"});
  CHECK(errors_of("let a =") == Errors{"unexpected-token 2:8"});
  CHECK(errors_of("let a = [1 2]") == Errors{"missing-comma 2:12"});
  CHECK(errors_of("let a = if b then c") == Errors{"missing-else 2:20"});
  CHECK(errors_of("let a = if b c") == Errors{"missing-then 2:14"});
  CHECK(errors_of("step a = { b = 1 }") == Errors{"missing-stage 2:10"});
  CHECK(errors_of("step a { b = 1 }") == Errors{"missing-equals 2:8"});
  CHECK(errors_of("step a = b.c") == Errors{"missing-block 2:13"});
  CHECK(errors_of("let a = match b { 1 -> 2 }") == Errors{"missing-arrow 2:21"});
}

TEST_CASE("what closes nothing, and what is never closed, is shown where it was opened") {
  CHECK(errors_of("let a = [1, 2") == Errors{"unclosed-bracket 2:9"});
  CHECK(errors_of("let a = f(1, 2") == Errors{"unclosed-parenthesis 2:10"});
  CHECK(errors_of("let a = { b: 1") == Errors{"unclosed-brace 2:9"});
  CHECK(errors_of("step a = b.c {\n  d = 1") == Errors{"unclosed-brace 2:14"});
  CHECK(errors_of("step a = b.c {\n  d = [1, 2\n}") == Errors{"unclosed-bracket 3:7"});
  CHECK(errors_of("step a = b.c {\n  d = [1, 2\n  e = 3\n}") == Errors{"unclosed-bracket 3:7"});
  CHECK(errors_of("let a = \"b") == Errors{"unterminated-string 2:9"});
  CHECK(errors_of("let a = \"b${c\"") == Errors{"unclosed-brace 2:11"});
  CHECK(parse("pipeline p {\nlet a = '''b\n}\n").errors == Errors{"unterminated-string 2:9"});
  CHECK(parse("pipeline p {\n  let a = 1\n").errors == Errors{"unclosed-brace 1:12"});
  CHECK(parse("pipeline p {\n}\n}\n").errors == Errors{"unmatched-brace 3:1"});
}

TEST_CASE("a missing brace is looked for where the indentation says it is") {
  const std::string text = "pipeline p {\n  step a = b.c {\n    d = 1\n}\n";
  CHECK(parse(text).errors == Errors{"unclosed-brace 2:16"});
}

TEST_CASE("marks that stand for others") {
  CHECK(errors_of("step a = b.c { d: 1 }") == Errors{"colon-for-equals 2:17"});
  CHECK(errors_of("let a = { b = 1 }") == Errors{"equals-for-colon 2:13"});
  CHECK(errors_of("let a == 1") == Errors{"comparison-for-equals 2:7"});
  CHECK(errors_of("let a = if b = 1 then 2 else 3") == Errors{"missing-then 2:14"});
  CHECK(errors_of("let a = 'b'") == Errors{"single-quotes 2:9"});
  CHECK(errors_of("let a = “b”") == Errors{"typographic-quote 2:9"});
  CHECK(errors_of("let a = b && c") == Errors{"foreign-symbol 2:11"});
  CHECK(errors_of("let a = b || c") == Errors{"foreign-symbol 2:11"});
  CHECK(errors_of("let a = !b") == Errors{"foreign-symbol 2:9"});
  CHECK(errors_of("let a = 1;") == Errors{"foreign-symbol 2:10"});
  CHECK(errors_of("let a = b ? 1 : 2") == Errors{"foreign-symbol 2:11"});
  CHECK(errors_of("let a = 1 // one") == Errors{"foreign-comment 2:12"});
  CHECK(errors_of("// one") == Errors{"foreign-comment 2:1"});
  CHECK(hint_of("let a = b && c") == "write `and`");
  CHECK(hint_of("let a = 'b'") == "write `\"b\"`");
}

TEST_CASE("words that are none of ours") {
  CHECK(hint_of("stpe a = b.c {}") == "did you mean `step`?");
  CHECK(errors_of("stpe a = b.c {}") == Errors{"unknown-keyword 2:1"});
  CHECK(errors_of("for a in b") == Errors{"unknown-keyword 2:1"});
  CHECK(errors_of("step step = b.c {}") == Errors{"keyword-as-name 2:6"});
  CHECK(errors_of("let my-name = 1") == Errors{"bad-name 2:7"});
  CHECK(errors_of("let a = True") == Errors{"foreign-literal 2:9"});
  CHECK(errors_of("let a = [null, None]") == Errors{"foreign-literal 2:10", "foreign-literal 2:16"});
  CHECK(errors_of("type T = int") == Errors{"misplaced-declaration 2:1"});
  CHECK(parse("step a = b.c {}\n").errors == Errors{"misplaced-item 1:1"});
  CHECK(parse("pipelin p {\n}\n").diagnostics.at(0).hint == "did you mean `pipeline`?");
}

TEST_CASE("numbers, escapes and texts that cannot be") {
  CHECK(errors_of("let a = 10sec") == Errors{"unknown-unit 2:11"});
  CHECK(hint_of("let a = 10sec") == "did you mean `s`?");
  CHECK(errors_of("let a = 2h30") == Errors{"unknown-unit 2:11"});
  CHECK(errors_of("let a = 1.5h") == Errors{"fraction-with-unit 2:9"});
  CHECK(errors_of("let a = 9223372036854775808") == Errors{"number-out-of-range 2:9"});
  CHECK(errors_of("let a = 1e999") == Errors{"number-out-of-range 2:9"});
  CHECK(errors_of("let a = 99999999999TiB") == Errors{"number-out-of-range 2:9"});
  CHECK(errors_of("let a = \"b\\q\"") == Errors{"bad-escape 2:11"});
  CHECK(errors_of("let a = \"\\u{0}\"") == Errors{"bad-escape 2:10"});
  CHECK(errors_of("let a = \"\\u{d800}\"") == Errors{"bad-escape 2:10"});
  CHECK(parse("use \"a${b}\"").errors == Errors{"interpolation-not-allowed 1:5"});
}

TEST_CASE("operators that do not fit") {
  CHECK(errors_of("let a = 1 < b < 3") == Errors{"chained-comparison 2:15"});
  CHECK(errors_of("let a = b == c == d") == Errors{"chained-comparison 2:16"});
  CHECK(errors_of("let a = b.c(1)") == Errors{"call-of-value 2:12"});
}

TEST_CASE("every independent mistake is reported, each once") {
  const Outcome outcome = parse(
      "pipeline p {\n"
      "  param a int = 1\n"
      "  step b = exec.run { c: 1 }\n"
      "  step d = exec.run { e = [1 2] }\n"
      "  stpe f = exec.run {}\n"
      "  g = 1\n"
      "  let h = 1 +\n"
      "  output i = b.x\n"
      "}\n");
  CHECK(outcome.errors == Errors{"unexpected-token 2:11", "colon-for-equals 3:24", "missing-comma 4:30",
                                 "unknown-keyword 5:3", "unknown-keyword 6:3", "unexpected-token 7:14"});
  CHECK(outcome.tree.find("(output '' i (. b x))") != std::string::npos);
}

TEST_CASE("the name of a broken item stays known, so that nobody complains about its uses") {
  const Outcome outcome = parse_item("step train = spark.submit { app: 1 }");
  CHECK(outcome.tree.find("(let '' train - invalid)") != std::string::npos);
}

TEST_CASE("a wrong name of a pipeline leaves its body readable") {
  const Outcome outcome = parse("pipeline my-pipe {\n  let a = 1\n}\n");
  CHECK(outcome.errors == Errors{"bad-name 1:12"});
  CHECK(outcome.tree == "[(pipeline '' my [(let '' a - 1)])]");
}

TEST_CASE("one `}` too many in the middle gives one error, and the items behind it are kept") {
  const Outcome outcome = parse("pipeline p {\n  step a = b.c {}\n  }\n  step d = e.f {}\n}\n");
  CHECK(outcome.errors == Errors{"item-after-body 4:3"});
  CHECK(outcome.tree.find("(step '' d") != std::string::npos);
}

TEST_CASE("errors at the end of the text stand at its last character") {
  CHECK(parse("type T =\n\n\n").errors == Errors{"unexpected-token 1:9"});
  CHECK(parse("use").errors == Errors{"unexpected-token 1:4"});
}

TEST_CASE("what is nested too deep is refused, not followed") {
  const auto repeated = [](const std::string& text, int times) {
    std::string result;
    for (int time = 0; time < times; ++time) result += text;
    return result;
  };
  const auto is_too_deep = [](const std::string& text) {
    const Outcome outcome = parse("pipeline p {\n" + text + "\n}\n");
    return outcome.errors.size() == 1 && outcome.errors[0].starts_with("nesting-too-deep");
  };
  CHECK(is_too_deep("let a = " + repeated("(", 100'000)));
  CHECK(is_too_deep("let a = " + repeated("[", 1000) + repeated("]", 1000)));
  CHECK(is_too_deep("let a = " + repeated("{ a: ", 1000) + "1"));
  CHECK(is_too_deep("let a = " + repeated("\"${", 1000)));
  CHECK(is_too_deep("let a = " + repeated("if a then ", 1000)));
  CHECK(is_too_deep("let a = b" + repeated(".b", 100'000)));
  CHECK(is_too_deep("let a = b" + repeated(" + b", 100'000)));
  CHECK(is_too_deep("let a = " + repeated("not ", 100'000) + "b"));
  CHECK(is_too_deep("param a: " + repeated("[", 1000)));
  CHECK(parse("pipeline p {\nlet a = " + repeated("(", 150) + "1" + repeated(")", 150) + "\n}\n").errors.empty());
}

TEST_CASE("a text that is no .sdl file ends after a hundred errors") {
  std::string text = "pipeline p {\n";
  for (int line = 0; line < 1000; ++line) text += "let a = ]\n";
  const Outcome outcome = parse(text + "}\n");
  CHECK(outcome.errors.size() == 101);
  CHECK(outcome.errors.back() == "too-many-errors 102:9");
}

TEST_CASE("bytes that no text may hold") {
  CHECK(parse("# \xFF\n").errors == Errors{"invalid-utf8 1:3"});
  CHECK(parse("# \xED\xA0\x80\n").errors == Errors{"invalid-utf8 1:3"});
  CHECK(parse(std::string("# a\0b\n", 6)).errors == Errors{"control-character 1:4"});
}

TEST_CASE("a lone type or expression is one, and nothing behind it") {
  const auto fails = [](const std::string& text, std::string_view name) {
    Sources sources;
    Diagnostics diagnostics;
    const FileId id = sources.add("test", text);
    const bool parsed = parse_expression(sources, id, diagnostics).has_value();
    return !parsed && diagnostics.error_count() == 1 && diagnostics.sorted().at(0).name == name;
  };
  CHECK(fails("1 2", "unexpected-token"));
  CHECK(fails("", "unexpected-token"));
  CHECK(fails("[1", "unclosed-bracket"));
  CHECK(fails("10sec", "unknown-unit"));
}

TEST_CASE("keywords") {
  CHECK(is_keyword("step"));
  CHECK(is_keyword("outputs"));
  CHECK_FALSE(is_keyword("version"));
  CHECK_FALSE(is_keyword("steps"));
  CHECK_FALSE(is_keyword(""));
}

}  // namespace sdlrun::dsl
