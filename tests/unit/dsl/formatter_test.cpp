// The canonical form.
#include <doctest/doctest.h>

#include "dsl/diagnostics/diagnostic_text.hpp"
#include "dsl/syntax/formatter.hpp"
#include "dsl/syntax/parser.hpp"
#include "parser_samples.hpp"
#include "parser_tree_text.hpp"

namespace sdlrun::dsl {

namespace {

struct Formatted {
  std::string text;
  std::string tree;
  std::size_t comments = 0;
};

Formatted format(const std::string& text) {
  Sources sources;
  Diagnostics diagnostics;
  const Module module = parse_module(sources, sources.add("test.sdl", text), diagnostics);
  REQUIRE_MESSAGE(diagnostics.empty(), diagnostics_text(sources, diagnostics));
  return {.text = format_module(sources, module), .tree = tree_text(module), .comments = module.comments.size()};
}

/// The items of a pipeline, formatted, without their indentation.
std::string formatted_items(const std::string& text) {
  std::string formatted = format("pipeline p {\n" + text + "\n}\n").text;
  formatted = formatted.substr(std::string_view("pipeline p {\n").size());
  formatted.resize(formatted.size() - std::string_view("}\n").size());
  std::string result;
  for (std::size_t at = 0; at < formatted.size();) {
    const std::size_t end = formatted.find('\n', at);
    const std::string line = formatted.substr(at, end - at);
    result += (line.starts_with("  ") ? line.substr(2) : line) + "\n";
    at = end + 1;
  }
  return result;
}

}  // namespace

TEST_CASE("formatting twice changes nothing, keeps the tree, and loses no comment") {
  for (const std::string& sample : sample_texts()) {
    const Formatted first = format(sample);
    const Formatted second = format(first.text);
    CHECK(second.text == first.text);
    CHECK(second.tree == first.tree);
    CHECK(second.comments == first.comments);
  }
}

TEST_CASE("blanks are put right, and nothing is aligned") {
  CHECK(formatted_items("let   a=1+2*-  3") == "let a = 1 + 2 * -3\n");
  CHECK(formatted_items("  step s=exec.run{a   = [1,2 , 3,]\n  bcd = {\"x\" :1}}") ==
        "step s = exec.run {\n  a = [1, 2, 3]\n  bcd = { \"x\": 1 }\n}\n");
  CHECK(format("type T={a:int,b:[string]?}\r\n").text == "type T = { a: int, b: [string]? }\n");
}

TEST_CASE("at most one blank line is kept between items, none at the ends of a body") {
  CHECK(formatted_items("\n\nlet a = 1\nlet b = 2\n\n\n\nlet c = 3\n\n") == "let a = 1\nlet b = 2\n\nlet c = 3\n");
}

TEST_CASE("what was written on one line stays there if it fits") {
  CHECK(formatted_items("step s = x.y { a = 1, b = 2 }") == "step s = x.y { a = 1, b = 2 }\n");
  CHECK(formatted_items("step s = x.y { a = 1\n b = 2 }") == "step s = x.y {\n  a = 1\n  b = 2\n}\n");
  CHECK(formatted_items("let a = [\n1, 2]") == "let a = [\n  1,\n  2,\n]\n");
  CHECK(formatted_items("step s = x.y {\n\n}") == "step s = x.y {}\n");
}

TEST_CASE("what is too long is broken, the outermost first") {
  const std::string long_name(40, 'n');
  CHECK(formatted_items("let a = [" + long_name + ", " + long_name + ", " + long_name + "]") ==
        "let a = [\n  " + long_name + ",\n  " + long_name + ",\n  " + long_name + ",\n]\n");
  CHECK(formatted_items("let a = " + long_name + " + " + long_name + " - " + long_name) ==
        "let a = " + long_name + " +\n  " + long_name + " -\n  " + long_name + "\n");
  CHECK(formatted_items("let a = if " + long_name + " then " + long_name + " else " + long_name) ==
        "let a = if " + long_name + "\n  then " + long_name + "\n  else " + long_name + "\n");
}

TEST_CASE("a line counts characters, not bytes") {
  std::string text = "let a = [\"";
  for (int letter = 0; letter < 85; ++letter) text += "é";
  text += "\"]\n";
  CHECK(formatted_items(text) == text);
}

TEST_CASE("parentheses stand where the tree needs them, and only there") {
  CHECK(formatted_items("let a = ((1 + 2)) * (3 * 4)") == "let a = (1 + 2) * (3 * 4)\n");
  CHECK(formatted_items("let a = (1 * 2) + 3 - (4 - 5)") == "let a = 1 * 2 + 3 - (4 - 5)\n");
  CHECK(formatted_items("let a = not (b and c) or (not d)") == "let a = not (b and c) or not d\n");
  CHECK(formatted_items("let a = -(5) + (-5).b + (a ?? b).c") == "let a = -(5) + (-5).b + (a ?? b).c\n");
  CHECK(formatted_items("let a = 1 + (if b then 2 else 3)") == "let a = 1 + (if b then 2 else 3)\n");
}

TEST_CASE("comments stay at their places") {
  CHECK(formatted_items("# before\nlet a = 1 # behind\n# after") == "# before\nlet a = 1  # behind\n# after\n");
  CHECK(formatted_items("step s = x.y {# first\na = 1# one\n# last\n}") ==
        "step s = x.y {  # first\n  a = 1  # one\n  # last\n}\n");
  CHECK(formatted_items("let a = 1 + # why\n2") == "let a = 1 + 2  # why\n");
}

TEST_CASE("a `##` that is nobody's doc does not become somebody's") {
  const std::string text = "pipeline p {\n  let a = 1 +\n    ## odd\n    ## odder\n    2\n  let b = 3\n}\n";
  CHECK(format(format(text).text).tree == format(text).tree);
}

TEST_CASE("multi-line strings move with their line and keep their meaning") {
  const std::string text = "let a = '''\n          x\n\n            y\n          '''";
  CHECK(formatted_items(text) == "let a = '''\n  x\n\n    y\n'''\n");
  CHECK(format("pipeline p {\n" + text + "\n}").tree == "[(pipeline '' p [(let '' a - 'x\n\n  y\n')])]");
}

TEST_CASE("numbers and strings keep their spelling") {
  CHECK(formatted_items("let a = [1_000, 1e-3, 2h30m, 512MiB, \"\\u{e9}${ b }\"]") == "let a = [1_000, 1e-3, 2h30m, 512MiB, \"\\u{e9}${ b }\"]\n");
}

TEST_CASE("an empty text stays empty, one of comments keeps them") {
  CHECK(format("").text == "");
  CHECK(format("\n\n").text == "");
  CHECK(format("\n# a\n\n\n# b").text == "# a\n\n# b\n");
}

}  // namespace sdlrun::dsl
