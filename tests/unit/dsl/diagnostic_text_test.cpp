// Diagnostics as people and programs read them.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "dsl/diagnostics/diagnostic_text.hpp"

namespace sdlrun::dsl {

namespace {

/// A diagnostic about the first place of `marked` in a text.
struct Example {
  Example(const std::string& text, std::string_view marked) {
    file = sources.add("test.sdl", text);
    const auto begin = static_cast<std::uint32_t>(text.find(marked));
    diagnostic = {.name = "some-error",
                  .message = "something is wrong",
                  .span = {.file = file, .begin = begin, .end = begin + static_cast<std::uint32_t>(marked.size())},
                  .label = "here",
                  .hint = "do better"};
  }

  std::string text(DiagnosticTextOptions options = {}) const { return diagnostic_text(sources, diagnostic, options); }

  Sources sources;
  FileId file{};
  Diagnostic diagnostic;
};

/// The line with the source, and the one with the marks.
std::pair<std::string, std::string> excerpt(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return {lines.at(3), lines.at(4)};
}

}  // namespace

TEST_CASE("place, line, caret, label and hint") {
  const Example example("let a = 1\n  let b = trian.model\n", "trian");
  CHECK(example.text() ==
        "error[some-error]: something is wrong\n"
        " --> test.sdl:2:11\n"
        "  |\n"
        "2 |   let b = trian.model\n"
        "  |           ^^^^^ here\n"
        "  |\n"
        "  = hint: do better\n");
}

TEST_CASE("related places are shown below, numbers of lines stand right-aligned") {
  Example example("let a = 1\n\n\n\n\n\n\n\n\nlet a = 2\n", "a = 2");
  example.diagnostic.span.end = example.diagnostic.span.begin + 1;
  example.diagnostic.hint.clear();
  example.diagnostic.related.push_back({.span = {.file = example.file, .begin = 4, .end = 5}, .text = "first declared here"});
  CHECK(example.text() ==
        "error[some-error]: something is wrong\n"
        "  --> test.sdl:10:5\n"
        "   |\n"
        "10 | let a = 2\n"
        "   |     ^ here\n"
        "  ::: test.sdl:1:5\n"
        "   |\n"
        " 1 | let a = 1\n"
        "   |     - first declared here\n");
}

TEST_CASE("tabs and wide characters do not displace the caret") {
  const auto [tab_line, tab_marks] = excerpt(Example("\tlet a = X", "X").text());
  CHECK(tab_line == "1 |     let a = X");
  CHECK(tab_marks == "  |             ^ here");
  const auto [wide_line, wide_marks] = excerpt(Example("let 値 = X", "X").text());
  CHECK(wide_line == "1 | let 値 = X");
  CHECK(wide_marks == "  |          ^ here");
  const auto [combined_line, combined_marks] = excerpt(Example("e\u0301 X", "X").text());
  CHECK(combined_line == "1 | e\u0301 X");
  CHECK(combined_marks == "  |   ^ here");
}

TEST_CASE("a long line is cut around the caret") {
  const auto [line, marks] = excerpt(Example(std::string(5000, 'a') + "X" + std::string(5000, 'b'), "X").text());
  CHECK(line == "1 | …" + std::string(40, 'a') + "X" + std::string(59, 'b') + "…");
  CHECK(marks == "  | " + std::string(41, ' ') + "^ here");
  const auto [short_line, short_marks] = excerpt(Example("X" + std::string(5000, 'b'), "X").text());
  CHECK(short_line == "1 | X" + std::string(99, 'b') + "…");
  CHECK(short_marks == "  | ^ here");
}

TEST_CASE("of a span over several lines the first is shown") {
  const auto [line, marks] = excerpt(Example("a = [1,\n 2]", "[1,\n 2]").text());
  CHECK(line == "1 | a = [1,");
  CHECK(marks == "  |     ^^^ here");
}

TEST_CASE("an empty span, at the end of the text too, has one caret") {
  Example example("let a", "let");
  example.diagnostic.span = {.file = example.file, .begin = 5, .end = 5};
  CHECK(excerpt(example.text()).second == "  |      ^ here");
  Example empty("", "");
  CHECK(excerpt(empty.text()) == std::pair<std::string, std::string>{"1 |", "  | ^ here"});
  example.diagnostic.span = {.file = example.file, .begin = 1000, .end = 2000};
  CHECK(excerpt(example.text()).second == "  |      ^ here");
}

TEST_CASE("control characters, bad bytes and hidden marks are shown, not obeyed") {
  Example example("a \x1b[31m \xFF \u202E \x7F X", "X");
  example.diagnostic.message = "found \x1b]0;title\x07";
  const std::string text = example.text();
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\x07') == std::string::npos);
  CHECK(excerpt(text).first == "1 | a ␛[31m � � ␡ X");
  CHECK(excerpt(text).second == "  |               ^ here");
}

TEST_CASE("colours come only when asked for, and change no character") {
  const Example example("let a = X", "X");
  CHECK(example.text().find('\x1b') == std::string::npos);
  std::string coloured = example.text({.colour = true});
  CHECK(coloured.find("\x1b[1;31m") != std::string::npos);
  for (std::size_t at = coloured.find('\x1b'); at != std::string::npos; at = coloured.find('\x1b')) {
    coloured.erase(at, coloured.find('m', at) + 1 - at);
  }
  CHECK(coloured == example.text());
}

TEST_CASE("all diagnostics come in source order and are counted") {
  Sources sources;
  const FileId file = sources.add("test.sdl", "a b\n");
  Diagnostics diagnostics;
  CHECK(diagnostics_text(sources, diagnostics) == "");
  diagnostics.add({.name = "second", .message = "m", .span = {.file = file, .begin = 2, .end = 3}, .label = "", .hint = "",
                   .related = {}, .severity = Severity::warning});
  CHECK(diagnostics_text(sources, diagnostics).ends_with("\n\n1 warning\n"));
  diagnostics.add({.name = "first", .message = "m", .span = {.file = file, .begin = 0, .end = 1}, .label = "", .hint = ""});
  diagnostics.add({.name = "third", .message = "m", .span = {.file = file, .begin = 3, .end = 3}, .label = "", .hint = ""});
  const std::string text = diagnostics_text(sources, diagnostics);
  CHECK(text.find("error[first]") < text.find("warning[second]"));
  CHECK(text.find("warning[second]") < text.find("error[third]"));
  CHECK(text.ends_with("\n\n2 errors, 1 warning\n"));
}

TEST_CASE("a diagnostic without any source has no excerpt") {
  const Diagnostic diagnostic{.name = "no-file", .message = "there is no such file", .span = {}, .label = "", .hint = "look again"};
  CHECK(diagnostic_text(Sources(), diagnostic) == "error[no-file]: there is no such file\n  = hint: look again\n");
}

TEST_CASE("JSON holds what a program needs, whatever the bytes") {
  Example example("é X\n\xFF Y\n", "X\n\xFF Y");
  example.diagnostic.message = "bad \xFF";
  example.diagnostic.related.push_back({.span = {.file = example.file, .begin = 0, .end = 2}, .text = "this"});
  Diagnostics diagnostics;
  diagnostics.add(example.diagnostic);
  const auto json = nlohmann::json::parse(diagnostics_json(example.sources, diagnostics));
  REQUIRE(json.size() == 1);
  CHECK(json[0]["name"] == "some-error");
  CHECK(json[0]["severity"] == "error");
  CHECK(json[0]["message"] == "bad \uFFFD");
  CHECK(json[0]["label"] == "here");
  CHECK(json[0]["hint"] == "do better");
  CHECK(json[0]["file"] == "test.sdl");
  CHECK(json[0]["line"] == 1);
  CHECK(json[0]["column"] == 3);
  CHECK(json[0]["end_line"] == 2);
  CHECK(json[0]["related"][0]["column"] == 1);
  CHECK(json[0]["related"][0]["text"] == "this");
}

}  // namespace sdlrun::dsl
