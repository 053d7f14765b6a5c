// What the parser makes of texts that are right.
#include <doctest/doctest.h>

#include "dsl/diagnostics/diagnostic_text.hpp"
#include "dsl/syntax/parser.hpp"
#include "parser_samples.hpp"
#include "parser_tree_text.hpp"

namespace sdlrun::dsl {

namespace {

/// The tree of an expression, or its errors.
std::string expression(const std::string& text) {
  Sources sources;
  Diagnostics diagnostics;
  const auto parsed = parse_expression(sources, sources.add("test.sdl", text), diagnostics);
  return parsed ? tree_text(parsed->module, parsed->expression) : diagnostics_text(sources, diagnostics);
}

std::string type(const std::string& text) {
  Sources sources;
  Diagnostics diagnostics;
  const auto parsed = parse_type(sources, sources.add("test.sdl", text), diagnostics);
  return parsed ? tree_text(parsed->module, parsed->type) : diagnostics_text(sources, diagnostics);
}

std::string file(const std::string& text) {
  Sources sources;
  Diagnostics diagnostics;
  const Module module = parse_module(sources, sources.add("test.sdl", text), diagnostics);
  return diagnostics.empty() ? tree_text(module) : diagnostics_text(sources, diagnostics);
}

/// The items of a pipeline.
std::string items(const std::string& text) {
  const std::string tree = file("pipeline p {\n" + text + "\n}\n");
  constexpr std::string_view begin = "[(pipeline '' p ";
  return tree.starts_with(begin) ? tree.substr(begin.size(), tree.size() - begin.size() - 2) : tree;
}

}  // namespace

TEST_CASE("all samples are right") {
  for (const std::string& text : sample_texts()) {
    Sources sources;
    Diagnostics diagnostics;
    parse_module(sources, sources.add("sample.sdl", text), diagnostics);
    CHECK(diagnostics_text(sources, diagnostics) == "");
  }
}

TEST_CASE("numbers") {
  CHECK(expression("1_000") == "1000");
  CHECK(expression("9223372036854775807") == "9223372036854775807");
  CHECK(expression("1.5") == "float:1.5");
  CHECK(expression("1e-3") == "float:0.001");
  CHECK(expression("-5") == "-5");
  CHECK(expression("-(5)") == "(negate 5)");
  CHECK(expression("2h30m") == "9000000ms");
  CHECK(expression("10s") == "10000ms");
  CHECK(expression("1d500ms") == "86400500ms");
  CHECK(expression("512MiB") == "536870912B");
  CHECK(expression("3kB") == "3000B");
}

TEST_CASE("strings: escapes and interpolation") {
  CHECK(expression(R"("a\n\t\"\\\$b")") == "'a\n\t\"\\$b'");
  CHECK(expression(R"("\u{e9}\u{1F600}")") == "'é😀'");
  CHECK(expression(R"("")") == "''");
  CHECK(expression(R"("a $ b")") == "'a $ b'");
  CHECK(expression(R"("${a}")") == "(text [a])");
  CHECK(expression(R"("x${a.b}y\n${c}")") == "(text ['x' (. a b) 'y\n' c])");
  CHECK(expression(R"("a${"b${"c${d}"}"}")") == "(text ['a' (text ['b' (text ['c' d])])])");
  CHECK(expression(R"("${ { a: "}" } }")") == "(text [(record [(field a '}')])])");
}

TEST_CASE("multi-line strings lose their indentation") {
  CHECK(expression("\"\"\"\n    a\n      b\n\n    c\n  \"\"\"") == "'a\n  b\n\nc\n'");
  CHECK(expression("\"\"\"\n    a\n    b\"\"\"") == "'a\nb'");
  CHECK(expression("\"\"\"a \"quoted\" b\"\"\"") == "'a \"quoted\" b'");
  CHECK(expression("\"\"\"\n  ${x}\n    \\ty ${z}\n  \"\"\"") == "(text [x '\n  \ty ' z '\n'])");
  CHECK(expression("'''\n  a ${b} \\n\n\tc\n  '''") == "'  a ${b} \\n\n\tc\n'");
  CHECK(expression("'''\r\n  a\r\n  b\r\n  '''") == "'a\nb\n'");
  CHECK(expression("''''''") == "''");
}

TEST_CASE("precedence, from the loosest to the tightest") {
  CHECK(expression("a ?? b or c") == "(?? a (or b c))");
  CHECK(expression("a or b and c") == "(or a (and b c))");
  CHECK(expression("a and not b == c") == "(and a (not (== b c)))");
  CHECK(expression("a == b + c") == "(== a (+ b c))");
  CHECK(expression("a - b - c") == "(- (- a b) c)");
  CHECK(expression("a + b * c % d") == "(+ a (% (* b c) d))");
  CHECK(expression("-a.b * c") == "(* (negate (. a b)) c)");
  CHECK(expression("(a + b) * c") == "(* (+ a b) c)");
  CHECK(expression("if a then b else c + d") == "(if a b (+ c d))");
  CHECK(expression("a ?? if b then c else d") == "(?? a (if b c d))");
}

TEST_CASE("what stands behind a value") {
  CHECK(expression("a.b[1][x, \"y\"][*].output") == "(. (all (index (index (. a b) [1]) [x 'y'])) output)");
  CHECK(expression("f()") == "(call f [])");
  CHECK(expression("f(a, g(b),)") == "(call f [a (call g [b])])");
}

TEST_CASE("lists, maps, records, comprehensions and choices") {
  CHECK(expression("[]") == "(list [])");
  CHECK(expression("[1, [2, 3],]") == "(list [1 (list [2 3])])");
  CHECK(expression("{}") == "(map [])");
  CHECK(expression("{ \"a\": 1, \"b\": {} }") == "(map [(entry 'a' 1) (entry 'b' (map []))])");
  CHECK(expression("{ a: 1\n step: 2 }") == "(record [(field a 1) (field step 2)])");
  CHECK(expression("[{ a: x } for x in xs if x > 1]") == "(each (record [(field a x)]) x xs (> x 1))");
  CHECK(expression("match x { \"a\", \"b\" => 1, -1 => 2\n _ => 3 }") ==
        "(match x [(arm ['a' 'b'] 1) (arm [-1] 2) (arm [] 3)])");
}

TEST_CASE("new lines mean nothing in brackets and behind operators") {
  CHECK(items("let a = [\n1\n,\n2\n]\nlet b = 1 +\n\n2") == "[(let '' a - (list [1 2])) (let '' b - (+ 1 2))]");
  CHECK(items("let a =\n  if b\n  then c\n  else d") == "[(let '' a - (if b c d))]");
  CHECK(items("let a = f(\nb\n)") == "[(let '' a - (call f [b]))]");
  CHECK(items("let a = 1\r\nlet b = 2\r\n") == "[(let '' a - 1) (let '' b - 2)]");
}

TEST_CASE("types") {
  CHECK(type("int") == "(named [int])");
  CHECK(type("python.environment") == "(named [python environment])");
  CHECK(type("int(1..1000)") == "(named [int] 1 1000)");
  CHECK(type("int(-5..)") == "(named [int] -5 -)");
  CHECK(type("float(..1.0)") == "(named [float] - float:1)");
  CHECK(type("enum(\"a\", \"b\")") == "(enum ['a' 'b'])");
  CHECK(type("[{string: T}]?") == "(optional (list (map (named [string]) (named [T]))))");
  CHECK(type("{ a: int, string_: secret<string>? }") ==
        "(record [(field a (named [int])) (field string_ (optional (secret (named [string]))))])");
  CHECK(type("string | file | dir?") == "(union [(named [string]) (named [file]) (optional (named [dir]))])");
  CHECK(type("(a | b)?") == "(optional (union [(named [a]) (named [b])]))");
}

TEST_CASE("declarations of a file") {
  CHECK(file("use \"a.sdl\"") == "[(use '' 'a.sdl' - -)]");
  CHECK(file("use \"a\" version \"^2.1\" as b") == "[(use '' 'a' '^2.1' b)]");
  CHECK(file("## One.\n## Two.\ntype T = int\n") == "[(type 'One.\nTwo.' T (named [int]))]");
  CHECK(file("## Of nothing.\n\nstage s {}") == "[(stage '' s [])]");
  CHECK(file("\xEF\xBB\xBFpipeline p {\n}") == "[(pipeline '' p [])]");
  CHECK(file("") == "[]");
}

TEST_CASE("items") {
  CHECK(items("param a: int = 3") == "[(param '' a (named [int]) 3)]");
  CHECK(items("input a: int") == "[(input '' a (named [int]) -)]");
  CHECK(items("secret a = env(\"A\")") == "[(secret '' a (call env ['A']))]");
  CHECK(items("let a: int? = none") == "[(let '' a (optional (named [int])) none)]");
  CHECK(items("require a == b") == "[(require '' - (== a b) -)]");
  CHECK(items("require c = a\n  else \"no\"") == "[(require '' c a 'no')]");
  CHECK(items("## Doc.\noutput a = b.c") == "[(output 'Doc.' a (. b c))]");
}

TEST_CASE("steps") {
  CHECK(items("step a = b.c { d = 1, e = 2\n output = 3 }") ==
        "[(step '' a [] (stage [b c] [(= d 1) (= e 2) (= output 3)] -) - -)]");
  CHECK(items("step a = local {} with { cache = false }") == "[(step '' a [] (stage [local] [] -) - [(= cache false)])]");
  CHECK(items("step a[x in xs, y in [1] by y.z] = b.step {}") ==
        "[(step '' a [(axis x xs -) (axis y (list [1]) (. y z))] (stage [b step] [] -) - -)]");
  CHECK(items("step a = match t { 1 => b.c {}, _ => d.e {} }\noutputs { m: file }") ==
        "[(step '' a [] (match t [(arm [1] (stage [b c] [] -)) (arm [] (stage [d e] [] -))]) "
        "(outputs [(at '' m (named [file]) - -)]) -)]");
}

TEST_CASE("declared outputs") {
  CHECK(items("step a = b.c {} outputs { m: file at \"x\", n: float at stdout matching \"(.*)\"\n## Doc.\no: dir }") ==
        "[(step '' a [] (stage [b c] [] (outputs [(at '' m (named [file]) 'x' -) "
        "(stdout '' n (named [float]) - '(.*)') (at 'Doc.' o (named [dir]) - -)])) - -)]");
}

TEST_CASE("outputs behind an `if` hold for both stages, unless the first has its own") {
  CHECK(items("step a = if t then b {} else c {} outputs { m: file }") ==
        "[(step '' a [] (if t (stage [b] [] -) (stage [c] [] -)) (outputs [(at '' m (named [file]) - -)]) -)]");
  CHECK(items("step a = if t then b {} outputs { m: file } else c {} outputs { n: file }") ==
        "[(step '' a [] (if t (stage [b] [] (outputs [(at '' m (named [file]) - -)])) "
        "(stage [c] [] (outputs [(at '' n (named [file]) - -)]))) - -)]");
}

TEST_CASE("spans cover what was written") {
  Sources sources;
  Diagnostics diagnostics;
  const std::string text = "pipeline p {\n  let a = (1 + 2) * b  # why\n  step s = x.y { a = [1] }  \n}\n";
  const FileId id = sources.add("test.sdl", text);
  const Module module = parse_module(sources, id, diagnostics);
  REQUIRE(diagnostics.empty());
  const auto& pipeline = std::get<PipelineDeclaration>(module.declarations.at(0));
  const auto& let = std::get<LetDeclaration>(pipeline.items.at(0));
  CHECK(sources.text(let.span) == "let a = (1 + 2) * b");
  CHECK(sources.text(module[let.value].span) == "(1 + 2) * b");
  const auto& step = std::get<StepDeclaration>(pipeline.items.at(1));
  CHECK(sources.text(step.span) == "step s = x.y { a = [1] }");
  CHECK(sources.text(step.name.span) == "s");
  REQUIRE(module.comments.size() == 1);
  CHECK(sources.text(module.comments[0].span) == "# why");
}

}  // namespace sdlrun::dsl
