#include "dsl/values/line_pattern.hpp"

#include <re2/re2.h>

namespace sdlrun::dsl {

namespace {

RE2::Options pattern_options() {
  RE2::Options chosen(RE2::Quiet);
  chosen.set_encoding(RE2::Options::EncodingUTF8);
  return chosen;
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

std::optional<std::string> pattern_mistake(std::string_view pattern) {
  const RE2 expression(piece(pattern), pattern_options());
  if (expression.ok()) return std::nullopt;
  return expression.error();
}

std::optional<std::string> last_match(std::string_view text, std::string_view pattern) {
  const RE2 expression(piece(pattern), pattern_options());
  if (!expression.ok()) return std::nullopt;
  const int wanted_group = expression.NumberOfCapturingGroups() > 0 ? 1 : 0;
  std::optional<std::string> found;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() == text.size() ? line.size() : line.size() + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    re2::StringPiece groups[2];
    if (!expression.Match(piece(line), 0, line.size(), RE2::UNANCHORED, groups, wanted_group + 1)) continue;
    found = std::string(groups[wanted_group].data() == nullptr ? "" : groups[wanted_group].as_string());
  }
  return found;
}

}  // namespace sdlrun::dsl
