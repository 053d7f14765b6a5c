// Damaged texts: whatever the input, parsing ends, every span lies in the text, and what was parsed can be formatted.
#include <doctest/doctest.h>

#include <random>
#include <string>

#include "dsl/diagnostics/diagnostic_text.hpp"
#include "dsl/syntax/formatter.hpp"
#include "dsl/syntax/parser.hpp"
#include "parser_samples.hpp"
#include "parser_tree_text.hpp"

namespace sdlrun::dsl {

namespace {

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t limit) { return random() % limit; }

/// Removes, doubles, replaces or inserts some bytes.
std::string damaged(std::string text, Random& random) {
  static const std::vector<std::string> pieces = {"{", "}", "[", "]", "(", ")", "\"", "'''", "\"\"\"", "${", "#", "\n", "=", ":",
                                                  ",", ".", "step ", "let ", "if ", "match ", "with ", "\\", "\xFF", "\t", "é",
                                                  std::string(1, '\0'), "-", "..", "9999999999999999999", "1e", "=>", "## x\n"};
  for (std::size_t count = 1 + below(random, 4); count > 0 && !text.empty(); --count) {
    const std::size_t at = below(random, text.size());
    const std::size_t length = 1 + below(random, 8);
    switch (below(random, 4)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, text.substr(below(random, text.size()), length));
        break;
      case 2:
        text[at] = static_cast<char>(below(random, 256));
        break;
      default:
        text.insert(at, pieces[below(random, pieces.size())]);
    }
  }
  return text;
}

void check_robust(const std::string& text) {
  Sources sources;
  Diagnostics diagnostics;
  const Module module = parse_module(sources, sources.add("fuzz.sdl", text), diagnostics);
  for (const Diagnostic& diagnostic : diagnostics.sorted()) {
    const bool inside = diagnostic.span.begin <= diagnostic.span.end && diagnostic.span.end <= text.size();
    CHECK_MESSAGE(inside, diagnostic.name, " in:\n", text);
    CHECK_FALSE(diagnostic.message.empty());
  }
  CHECK((diagnostics.empty() || !diagnostics_text(sources, diagnostics).empty()));
  const std::string tree = tree_text(module);
  if (!diagnostics.empty()) return;

  Sources formatted_sources;
  const std::string formatted = format_module(sources, module);
  const Module again = parse_module(formatted_sources, formatted_sources.add("fuzz.sdl", formatted), diagnostics);
  CHECK_MESSAGE(tree_text(again) == tree, text);
  CHECK_MESSAGE(format_module(formatted_sources, again) == formatted, text);
}

}  // namespace

TEST_CASE("damaged texts neither crash nor hang the parser") {
  Random random(20240607);  // NOLINT: the same damage in every run
  constexpr int rounds = 500;
  for (const std::string& sample : sample_texts()) {
    for (int round = 0; round < rounds; ++round) check_robust(damaged(sample, random));
  }
}

TEST_CASE("texts that end anywhere neither crash nor hang the parser") {
  for (const std::string& sample : sample_texts()) {
    for (std::size_t length = 0; length < sample.size(); length += 3) check_robust(sample.substr(0, length));
  }
}

TEST_CASE("bytes without any sense neither crash nor hang the parser") {
  Random random(7);  // NOLINT
  for (int round = 0; round < 200; ++round) {
    std::string text(below(random, 2000), ' ');
    for (char& byte : text) byte = static_cast<char>(below(random, 256));
    check_robust(text);
  }
}

}  // namespace sdlrun::dsl
